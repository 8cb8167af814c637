// Package bench measures what the kit costs, side by side with the same written by
// hand and with its peers. scripts/bench runs it.
package bench

import (
	_ "embed"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"text/template"
	"time"

	"github.com/outgrowkit/outgrow/bench/paired"
)

var (
	pairs  = flag.Int("pairs", 6, "pairs of rounds in each row")
	round  = flag.Duration("round", 2500*time.Millisecond, "how long a round takes")
	report = flag.String("report", "", "the file to write the tables to, with what is to be said about them")
)

// sections are the parts of the table.
var sections = []section{
	{"Against a service written by hand", byHandRows},
	{"A call of the store", callRows},
	{"How long answers take", latencyRows},
	{"Against the forms that other generators give a service", peerRows()},
	{"Events within a process", channelRows},
	{"Buses over brokers", brokerRows()},
	{"From the commit of a change to its event, handled", deliveryRows()},
	{"From the outbox to NATS JetStream", relayRows},
	{"Caches", cacheRows},
	{"Locks", locksRows},
	{"Where there is more", growthRows},
	{"What it takes to begin", beginRows},
	{"What parts of a project cost", costRows},
	{"What making the kit smaller cost or gained", historyRows},
}

// section is a part of the table.
type section struct {
	title string
	rows  []paired.Row
}

// measured is what has come of a section.
type measured struct{ Title, Table string }

// TestTable measures every row and prints the tables.
func TestTable(t *testing.T) {
	plan := paired.Plan{Pairs: *pairs, Round: *round}
	if testing.Short() {
		plan = paired.Plan{Pairs: 2, Round: time.Second}
	}
	var all []measured
	for _, s := range sections {
		var results []paired.Result
		for _, r := range s.rows {
			result, asked := paired.Result{Row: r, Skipped: true}, false
			t.Run(r.Name, func(t *testing.T) {
				asked = true
				if testing.Short() {
					r.Plan = plan
				}
				result = r.Run(t, plan)
			})
			if asked {
				results = append(results, result)
			}
		}
		if results == nil {
			continue
		}
		var table strings.Builder
		if err := paired.Table(&table, results); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("\n%s\n\n%s\n", s.title, &table)
		all = append(all, measured{s.title, table.String()})
	}
	if *report != "" {
		write(t, plan, all)
	}
}

//go:embed performance.md.tmpl
var performance string

// write writes the report.
func write(t *testing.T, p paired.Plan, all []measured) {
	t.Helper()
	f, err := os.Create(*report)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // Sync below tells of what went wrong
	err = template.Must(template.New("performance.md").Parse(performance)).Execute(f, map[string]any{
		"Sections": all, "Plan": p, "Machine": machine(t), "Date": time.Now().UTC().Format(time.DateOnly),
	})
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		t.Fatal(err)
	}
}
