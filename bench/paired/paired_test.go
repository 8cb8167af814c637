package paired

import (
	"slices"
	"testing"
	"time"
)

func TestRunAlternates(t *testing.T) {
	var order []string
	side := func(name string, figure float64) Round {
		return func(*testing.T, time.Duration) Figures {
			order = append(order, name)
			return Figures{"n": figure}
		}
	}
	row := Row{
		Lines: []Line{{Figure: "n", AtLeast: 2}},
		Open:  func(*testing.T) Sides { return Sides{A: side("A", 6), B: side("B", 3)} },
	}
	res := row.Run(t, Plan{Pairs: 3})
	if want := []string{"A", "B", "B", "A", "A", "B"}; !slices.Equal(order, want) {
		t.Errorf("rounds %v, want %v", order, want)
	}
	if got, want := res.Lines[0].Ratio, (Spread{2, 2, 2}); got != want {
		t.Errorf("ratio %v, want %v", got, want)
	}
	if !res.Lines[0].Met() {
		t.Error("the target of 2 is not met by 2")
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want Spread
	}{
		{[]float64{3}, Spread{3, 3, 3}},
		{[]float64{4, 1}, Spread{1, 2.5, 4}},
		{[]float64{9, 1, 2}, Spread{1, 2, 9}},
	} {
		if got := spread(c.of); got != c.want {
			t.Errorf("spread(%v) = %v, want %v", c.of, got, c.want)
		}
	}
}

func TestMet(t *testing.T) {
	for _, c := range []struct {
		line Measured
		want bool
	}{
		{Measured{Line: Line{AtLeast: 2}, Ratio: Spread{Median: 1.9}}, false},
		{Measured{Line: Line{AtMost: 1.1}, Ratio: Spread{Median: 1.05}}, true},
		{Measured{Line: Line{AtMost: 1.1}, Ratio: Spread{Median: 1.2}}, false},
		{Measured{Line: Line{AtLeast: 50_000, Alone: true}, A: Spread{Median: 60_000}}, true},
	} {
		if got := c.line.Met(); got != c.want {
			t.Errorf("%+v: met %v, want %v", c.line, got, c.want)
		}
	}
}
