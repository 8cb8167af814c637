package bench

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/bench/paired"
)

// historyRows tell what changes of the kit have cost or gained: each compares a project
// made by the commit after with one made by the commit before. "" is what is here now.
var historyRows = slices.Concat(
	changed("apart", "all of it, since before the kit was taken apart", "ea155f8", "", "get", "list", "post", "mixed"),
	changed("scanner", "jsontext instead of a JSON scanner of its own", "3999241^", "3999241", "get", "post"),
	changed("tricks", "no reuse of requests, headers and metrics", "5bd25ff^", "5bd25ff", "get"),
	changed("sql", "database/sql beneath SQLite, and files that are not mapped", "f99898f^", "f99898f", "get", "list", "post"),
	changed("neighbours", "nothing lost, whatever the neighbours do", "a1c1194", "", "get", "post", "get-postgres", "post-postgres"),
	changed("listen", "database/sql's pool and no LISTEN on Postgres", "70821e4^", "70821e4", "get-postgres", "post-postgres"),
)

func changed(name, what, before, after string, sends ...string) (rows []paired.Row) {
	for _, kind := range sends {
		send, onServer := strings.CutSuffix(kind, "-postgres")
		title, open := strings.ToUpper(send)+", SQLite: ", onSQLite
		if onServer {
			title, open = strings.ToUpper(send)+", Postgres: ", onPostgres
		}
		rows = append(rows, paired.Row{
			Name: "history-" + name + "-" + kind, Title: title + what, A: "after", B: "before",
			Lines: []paired.Line{{Figure: perSecond}, {Figure: cpuEach}, {Figure: memory}},
			Open: func(t *testing.T) paired.Sides {
				return open(madeBy(t, after), madeBy(t, before), traffic{send: send})(t)
			},
		})
	}
	return rows
}

// madeBy is outgrown, made by a commit.
func madeBy(t *testing.T, commit string) contender {
	t.Helper()
	if commit == "" {
		return outgrown
	}
	if err := exec.CommandContext(t.Context(), "git", "-C", "..", "cat-file", "-e", commit+"^{commit}").Run(); err != nil {
		t.Skipf("this clone does not have the commit %s", commit)
	}
	c := outgrown
	c.binary = func(t *testing.T) string {
		t.Helper()
		return once(t, "at-"+commit, func(dir string) string { return buildAt(t, commit, dir) })
	}
	return c
}

// buildAt makes a project in the folder with the tool as it was, and returns its binary.
func buildAt(t *testing.T, commit, dir string) string {
	t.Helper()
	source, made := filepath.Join(dir, "source"), filepath.Join(dir, "made")
	if err := os.MkdirAll(source, 0o750); err != nil {
		t.Fatal(err)
	}
	archive, err := exec.CommandContext(t.Context(), "git", "-C", "..", "archive", commit).Output()
	if err != nil {
		t.Fatal(err)
	}
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-C", source)
	unpack.Stdin = bytes.NewReader(archive)
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("tar: %v\n%s", err, out)
	}
	tool, binary := filepath.Join(dir, "outgrow"), filepath.Join(dir, "shop")
	must(t, source, "go", "build", "-o", tool, ".")
	must(t, ".", tool, "new", made, "--module", "example.com/shop", "--service", shop)
	must(t, made, "go", "build", "-o", binary, ".")
	return binary
}
