package bench

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
)

// latencyPlan has more pairs than other rows: a round in which the machine was away for
// a moment tells only of that.
var latencyPlan = paired.Plan{Pairs: 12, Round: 2 * time.Second}

// latencyRows compare how long answers take where requests arrive at a steady rate,
// half of what the slower of both can answer.
var latencyRows = []paired.Row{
	{
		Name: "p99-get", Title: "GET, SQLite, at half of the peak", B: "by hand", Plan: latencyPlan,
		Lines: []paired.Line{{Figure: percentile, AtMost: 1.1}, {Figure: median}},
		Open:  atHalf("get"),
	},
	{
		Name: "p99-mixed", Title: "80 % GET, 20 % POST, SQLite, at half of the peak", B: "by hand, which only inserts", Plan: latencyPlan,
		Lines: []paired.Line{{Figure: percentile, AtMost: 1.1}, {Figure: median}},
		Open:  atHalf("mixed"),
	},
}

func atHalf(send string) func(t *testing.T) paired.Sides {
	return func(t *testing.T) paired.Sides {
		a, b := start(t, outgrown, rowsThere), start(t, byHand, rowsThere)
		of := traffic{send: send}
		of.rate = min(peak(t, a, of), peak(t, b, of)) / 2
		t.Logf("%.0f requests arrive in a second", of.rate)
		return paired.Sides{A: a.round(of), B: b.round(of)}
	}
}

// peak returns how many requests a program answers in a second.
func peak(t *testing.T, p *program, of traffic) float64 {
	t.Helper()
	return p.round(of)(t, 2*time.Second)[perSecond]
}
