package bench

import (
	"strings"

	"github.com/outgrowkit/outgrow/bench/paired"
)

// peerRows compare with the forms that other generators give a service. Their stores
// are that of the service by hand, with its settings of SQLite, not those that they
// have of themselves: so it is the frameworks that are compared.
func peerRows() []paired.Row {
	var rows []paired.Row
	for _, name := range []string{"go-zero (goctl)", "kratos", "go-blueprint (Gin)"} {
		short, _, _ := strings.Cut(name, " ")
		for _, send := range []string{"get", "post"} {
			rows = append(rows, paired.Row{
				Name: send + "-" + short, Title: strings.ToUpper(send) + ", SQLite", B: name,
				Lines: []paired.Line{{Figure: perSecond, AtLeast: 1}, {Figure: cpuEach}, {Figure: instructionsEach, May: true}},
				Open:  onSQLite(outgrown, peers[name], traffic{send: send}),
			})
		}
	}
	return rows
}
