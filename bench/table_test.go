// Package bench measures what the kit costs, side by side with the same written by
// hand and with its peers. scripts/bench runs it.
package bench

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
)

var (
	pairs = flag.Int("pairs", 6, "pairs of rounds in each row")
	round = flag.Duration("round", 4*time.Second, "how long a round takes")
)

// sections are the parts of the table.
var sections = []section{
	{"A project as `outgrow new` makes it, against a service written by hand", byHandRows},
}

// section is a part of the table.
type section struct {
	title string
	rows  []paired.Row
}

// TestTable measures every row and prints the table.
func TestTable(t *testing.T) {
	plan := paired.Plan{Pairs: *pairs, Round: *round}
	if testing.Short() {
		plan = paired.Plan{Pairs: 2, Round: time.Second}
	}
	for _, s := range sections {
		var results []paired.Result
		for _, r := range s.rows {
			result, asked := paired.Result{Row: r, Skipped: true}, false
			t.Run(r.Name, func(t *testing.T) {
				asked = true
				result = r.Run(t, plan)
			})
			if asked {
				results = append(results, result)
			}
		}
		if results == nil {
			continue
		}
		fmt.Printf("\n%s\n\n", s.title)
		if err := paired.Table(os.Stdout, results); err != nil {
			t.Fatal(err)
		}
	}
}
