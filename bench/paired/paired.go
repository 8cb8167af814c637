// Package paired compares two ways of doing the same, in pairs of short rounds that
// follow each other. What else a machine does then slows both, and the ratio of each
// pair tells more than two long runs would.
package paired

import (
	"testing"
	"time"
)

// Row is a comparison, and some lines of the table.
type Row struct {
	Name  string // selects it: go test -run 'TestTable/NAME'
	Title string // what is done, in the table
	A, B  string // who does it: A is the kit
	Lines []Line
	Plan  Plan // its own instead of that of the run, where it is set

	// Open makes both sides ready and returns a round of each. What it started ends
	// by t.Cleanup; t.Skip leaves the row out, with the reason.
	Open func(t *testing.T) Sides
}

// Line is one figure of a row, in a line of the table.
type Line struct {
	Figure  string // of those that a round returns
	AtLeast float64
	AtMost  float64 // 0 is no target
	Alone   bool    // the target is for A's figure, and not for the ratio of A to B
	May     bool    // be missing: then there is no line
}

// Sides are a round of each. Without a B, only A's figures are told.
type Sides struct{ A, B Round }

// Round does the work for about that long and returns what it measured.
type Round func(t *testing.T, d time.Duration) Figures

// Figures are what a round has measured, by name and unit, such as "requests/s".
type Figures map[string]float64

// Plan is how many pairs of rounds there are, and how long a round takes.
type Plan struct {
	Pairs int
	Round time.Duration
}

// Result is what has come of a row.
type Result struct {
	Row     Row
	Skipped bool // it printed why
	Lines   []Measured
}

// Measured is what has come of a line.
type Measured struct {
	Line
	A, B  Spread // of the figures
	Ratio Spread // of A to B, pair by pair
}

// Run measures a row.
func (r Row) Run(t *testing.T, p Plan) Result {
	t.Helper()
	if r.Plan != (Plan{}) {
		p = r.Plan
	}
	sides := r.Open(t)
	var a, b []Figures
	for i := range p.Pairs {
		first, second := sides.A, sides.B
		if i%2 == 1 && sides.B != nil { // A B B A: what changes steadily favours neither
			first, second = second, first
		}
		x := first(t, p.Round)
		var y Figures
		if second != nil {
			y = second(t, p.Round)
		}
		if i%2 == 1 && sides.B != nil {
			x, y = y, x
		}
		a, b = append(a, x), append(b, y)
	}
	return r.result(t, a, b)
}

func (r Row) result(t *testing.T, a, b []Figures) Result {
	t.Helper()
	res := Result{Row: r}
	for _, l := range r.Lines {
		if _, ok := a[0][l.Figure]; l.May && !ok {
			continue
		}
		m := Measured{Line: l, A: spread(pick(t, a, l.Figure))}
		if b[0] != nil {
			m.B = spread(pick(t, b, l.Figure))
			m.Ratio = spread(ratios(pick(t, a, l.Figure), pick(t, b, l.Figure)))
		}
		res.Lines = append(res.Lines, m)
	}
	return res
}

func pick(t *testing.T, rounds []Figures, figure string) []float64 {
	t.Helper()
	all := make([]float64, 0, len(rounds))
	for _, f := range rounds {
		v, ok := f[figure]
		if !ok {
			t.Fatalf("a round has measured %v, but no %q", f, figure)
		}
		all = append(all, v)
	}
	return all
}

func ratios(a, b []float64) []float64 {
	all := make([]float64, len(a))
	for i := range a {
		all[i] = a[i] / b[i]
	}
	return all
}

// Target returns the figure that the line's target is for.
func (m Measured) Target() Spread {
	if m.Alone {
		return m.A
	}
	return m.Ratio
}

// Met tells whether the median reaches the target.
func (m Measured) Met() bool {
	v := m.Target().Median
	return v >= m.AtLeast && (m.AtMost == 0 || v <= m.AtMost)
}
