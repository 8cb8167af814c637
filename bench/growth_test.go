package bench

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
)

const manyRows = 1_000_000

// growthRows compare the kit with itself, where there is more of something.
var growthRows = []paired.Row{
	grown("get"), grown("list"), grown("post"),
	{
		Name: "connections", Title: "5,000 connections, 1,000 GET/s", A: "5,000", B: "64",
		Lines: []paired.Line{{Figure: percentile}, {Figure: median}, {Figure: memory}, {Figure: cpuEach}},
		Open: func(t *testing.T) paired.Sides {
			many, few := start(t, outgrown, rowsThere), start(t, outgrown, rowsThere)
			return paired.Sides{
				A: many.round(traffic{send: "get", connections: 5000, rate: 1000}),
				B: few.round(traffic{send: "get", rate: 1000}),
			}
		},
	},
}

// grown compares 1,000,000 orders with some.
func grown(send string) paired.Row {
	return paired.Row{
		Name: "million-" + send, Title: send + " among 1,000,000 orders, SQLite", A: "1,000,000", B: "10,000",
		Lines: []paired.Line{{Figure: perSecond, AtLeast: 0.9}, {Figure: median}, {Figure: memory}},
		Open: func(t *testing.T) paired.Sides {
			of := traffic{send: send}
			return paired.Sides{A: start(t, outgrown, manyRows).round(of), B: start(t, outgrown, rowsThere).round(of)}
		},
	}
}

// beginRows tell what a service takes that does nothing yet.
var beginRows = []paired.Row{
	{
		Name: "idle", Title: "a service that has answered little", B: "by hand",
		Lines: []paired.Line{{Figure: memory}, {Figure: "binary MB"}, {Figure: "start ms"}, {Figure: "CPU ms/s"}},
		Plan:  paired.Plan{Pairs: 3, Round: 2 * time.Second},
		Open:  func(*testing.T) paired.Sides { return paired.Sides{A: idle(outgrown), B: idle(byHand)} },
	},
	{
		Name: "first-answer", Title: "from an empty folder to the first answer", A: "cold", B: "warm",
		Lines: []paired.Line{{Figure: "new s"}, {Figure: "build s"}, {Figure: "start and answer s"}, {Figure: "all s"}},
		Plan:  paired.Plan{Pairs: 1},
		Open:  firstAnswer,
	},
}
