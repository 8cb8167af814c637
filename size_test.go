package main

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// size is how much there is of something.
type size struct{ files, lines int }

func (s *size) add(data []byte) {
	s.files++
	s.lines += strings.Count(string(data), "\n")
}

// kindOf returns whose a file of a project is; "" for what is left out of the account.
func kindOf(name string) string {
	switch {
	case name == "go.mod" || name == "go.sum" || strings.HasPrefix(name, "outgrow."):
		return ""
	case strings.HasPrefix(name, "kit/"):
		return "kit"
	case strings.Contains(path.Base(name), "_gen.") || strings.Contains(path.Base(name), "_gen_test.") || strings.Contains(name, "/migrations/"):
		return "derived"
	case strings.HasSuffix(name, "_test.go"):
		return "yours, tests"
	}
	return "yours"
}

// TestSizeOfAProject prints what a new project of one service consists of, and holds it
// to its limits and README.md to what it is.
func TestSizeOfAProject(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	// Numbers have commas there.
	readme := strings.ReplaceAll(string(text), ",", "")
	for _, c := range []struct {
		name             string
		args             []string
		kit, all, owners int               // lines at most; kit and all count Go
		readme           map[string]string // the rows of README.md, by kind
	}{
		{"SQLite, channels", []string{"--with", "store=sqlite", "--with", "bus=channels"}, 12_030, 13_343, 1_100, map[string]string{
			"kit": "kit, for SQLite and channels only",
		}},
		{"SQLite, Postgres, channels, NATS", nil, 18_347, 19_830, 1_100, map[string]string{
			"yours": "yours", "yours, tests": "yours, tests", "derived": "derived", "kit": "kit, for SQLite, Postgres, channels and NATS",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			made := newScaffolded(t, append(c.args, "--service", "order customer:string total:int64 notes:text? status:enum:draft,paid,sent")...).made
			kinds, packages := map[string]size{}, map[string]size{}
			kit, all := size{}, size{}
			for name, data := range made {
				kind := kindOf(name)
				if kind == "" {
					continue
				}
				s := kinds[kind]
				s.add(data)
				kinds[kind] = s
				if path.Ext(name) != ".go" {
					continue
				}
				all.add(data)
				p := packages[path.Dir(name)]
				p.add(data)
				packages[path.Dir(name)] = p
				if kind == "kit" {
					kit.add(data)
				}
			}
			fmt.Printf("%s:\n", c.name)
			for _, kind := range slices.Sorted(maps.Keys(kinds)) {
				fmt.Printf("  %-14s %4d files %6d lines\n", kind, kinds[kind].files, kinds[kind].lines)
			}
			fmt.Printf("  of these, in Go: kit %d lines, all %d lines\n", kit.lines, all.lines)
			for _, p := range slices.Sorted(maps.Keys(packages)) {
				fmt.Printf("    %-28s %4d files %6d lines\n", p, packages[p].files, packages[p].lines)
			}
			for kind, name := range c.readme {
				row := fmt.Sprintf("| %s | %d | %d", name, kinds[kind].files, kinds[kind].lines)
				if kind == "kit" {
					row += fmt.Sprintf(", of these %d of Go", kit.lines)
				}
				if row += " |"; !strings.Contains(readme, "\n"+strings.ReplaceAll(row, ",", "")+"\n") {
					t.Errorf("README.md does not have the row %s", row)
				}
			}
			owners := size{kinds["yours"].files + kinds["yours, tests"].files, kinds["yours"].lines + kinds["yours, tests"].lines}
			if owners.files > 30 || owners.lines > c.owners {
				t.Errorf("%d files of %d lines are the owner's, want at most 30 of %d", owners.files, owners.lines, c.owners)
			}
			if kit.lines > c.kit || all.lines > c.all {
				t.Errorf("the kit has %d lines of Go and the project %d, want at most %d and %d", kit.lines, all.lines, c.kit, c.all)
			}
		})
	}
}
