package reads_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/reads"
)

func TestParse(t *testing.T) {
	port := &model.Interface{Name: "ReportStore", Methods: []model.Method{{Name: "Revenues", Pos: "ports/r.go:1:1"}, {Name: "Best", Pos: "ports/r.go:2:1"}}}
	for name, c := range map[string]struct {
		text, want string // the statements, or the problems
	}{
		"one for all":         {"-- What it is about.\n\n-- Revenues\nSELECT 1\n-- of all\nFROM a;\n\n-- Best\nSELECT 2", "Best: SELECT 2; Revenues: SELECT 1\nFROM a"},
		"one for each":        {"-- Revenues on postgres\r\nSELECT 1\r\n-- Revenues on sqlite\nSELECT 2\n-- Best\nSELECT 3\n", "Best: SELECT 3; Revenues on postgres: SELECT 1; Revenues on sqlite: SELECT 2"},
		"one, and one of all": {"-- Revenues\nSELECT 1\n-- Revenues on sqlite\nSELECT 2\n-- Best\nSELECT 3\n", "Best: SELECT 3; Revenues: SELECT 1; Revenues on sqlite: SELECT 2"},
		"none":                {"-- Revenues\nSELECT 1\n-- Best on sqlite\nSELECT 1\n", "!ports/r.go:2:1: Best has no statement for postgres; write it in r.sql, after a line -- Best or -- Best on postgres"},
		"of nothing":          {"SELECT 1\n", "!r.sql:1:1: a statement of no method; write the name of the method before it: -- Revenues"},
		"two":                 {"-- Revenues\nSELECT 1\n-- Best\nSELECT 1\n-- Best\nSELECT 1\n", "!r.sql:5:1: there are two statements of Best; remove one of them"},
		"of no method":        {"-- Revenues\nSELECT 1\n-- Best\nSELECT 1\n-- Worst\nSELECT 1\n", "!r.sql:5:1: ReportStore has no method Worst; rename one of them, or leave out the --"},
		"of no adapter":       {"-- Revenues\nSELECT 1\n-- Best\nSELECT 1\n-- Best on oracle\nSELECT 1\n", "!r.sql:5:1: the project has no adapter store/oracle; remove the statement"},
	} {
		var problems model.Problems
		all := reads.Parse("r.sql", c.text, port, []string{"sqlite", "postgres"}, &problems)
		var texts []string
		for _, heading := range []string{"Best", "Revenues", "Revenues on postgres", "Revenues on sqlite"} {
			if text, ok := all[heading]; ok {
				texts = append(texts, heading+": "+text)
			}
		}
		got := strings.Join(texts, "; ")
		if len(problems) > 0 {
			got = "!" + problems.Error()
		}
		if got != c.want && (len(problems) != 1 || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
	both := reads.Statements{"Best": "a", "Best on sqlite": "b"}
	if both.Of("Best", "sqlite") != "b" || both.Of("Best", "postgres") != "a" {
		t.Error("the statement for an adapter does not come before that for all")
	}
}
