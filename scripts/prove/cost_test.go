package prove

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
)

// costs are the allocations that a request to a project takes at most, beside those
// of the request itself. They are counted, not timed: whoever changes one on purpose
// changes it here.
var costs = map[string]float64{
	"get memory":  31,
	"list memory": 67,
	"post memory": 75,
	"get sqlite":  63,
	"list sqlite": 497,
	"post sqlite": 119,
}

//go:embed testdata/cost_test.go
var costTest string

// TestCost shows that requests take no more allocations than before.
func TestCost(t *testing.T) {
	p := scaffold(t, "order customer:string total:int64")
	p.write(t, "app/cost_test.go", costTest)
	left := len(costs)
	for line := range strings.Lines(p.run(t, "go", "test", "-v", "-count=1", "-run", "^TestCost$", "./app")) {
		var request, store string
		var got float64
		if n, _ := fmt.Sscanf(line, "cost %s %s %g", &request, &store, &got); n < 3 {
			continue
		}
		left--
		what := request + " " + store
		if got > costs[what] {
			t.Errorf("%s: %v allocations, want at most %v", what, got, costs[what])
		}
		fmt.Printf("%s: %v allocations\n", what, got)
	}
	if left != 0 {
		t.Errorf("%d costs were not told", left)
	}
}
