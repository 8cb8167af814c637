package main

import (
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3" // what projects keep things in
	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/conflict"
)

// repository is a project in a checkout of git.
type repository struct{ dir string }

// newRepository makes a project with the arguments, and commits it on the branch main.
func newRepository(t *testing.T, args ...string) repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
		"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
		"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
		"GOPROXY": "off", "GOFLAGS": "-mod=readonly", "GOWORK": "off",
	} {
		t.Setenv(name, value)
	}
	r := repository{filepath.Join(t.TempDir(), "shop")}
	repository{filepath.Dir(r.dir)}.does(t, "outgrow", append([]string{"new", "shop", "--module", "example.com/shop"}, args...)...)
	r.does(t, "git", "init", "--quiet", "--initial-branch=main")
	r.commits(t)
	return r
}

// does runs a command, which must succeed, and returns what it prints.
func (r repository) does(t *testing.T, name string, args ...string) string {
	t.Helper()
	code, out := r.tries(t, name, args...)
	if code != 0 {
		t.Fatalf("%s %s: %d\n%s", name, strings.Join(args, " "), code, out)
	}
	return out
}

// tries runs a command, and returns its exit code and what it prints.
func (r repository) tries(t *testing.T, name string, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = r.dir
	printed, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), string(printed)
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0, string(printed)
}

func (r repository) commits(t *testing.T) {
	t.Helper()
	r.does(t, "git", "add", "--all")
	r.does(t, "git", "commit", "--quiet", "--message", "a step")
}

// grows runs commands of outgrow on a branch, which begins at main if it is new, and
// commits what each does.
func (r repository) grows(t *testing.T, branch string, commands ...string) {
	t.Helper()
	if code, _ := r.tries(t, "git", "checkout", "--quiet", branch); code != 0 {
		r.does(t, "git", "checkout", "--quiet", "-b", branch, "main")
	}
	for _, c := range commands {
		r.does(t, "outgrow", strings.Fields(c)...)
		r.commits(t)
	}
}

// merges merges a branch into another one, which leaves conflicts.
func (r repository) merges(t *testing.T, branch, into string) {
	t.Helper()
	r.does(t, "git", "checkout", "--quiet", into)
	if code, out := r.tries(t, "git", "merge", branch); code != 1 {
		t.Fatalf("there is no conflict: %d %s", code, out)
	}
}

// resolved are files that nobody writes by hand, beside derived ones.
var resolved = []string{"outgrow.lock", "outgrow.yaml", "go.mod", "go.sum"}

// decides resolves the conflicts in what is written by hand, as people would: both sides
// are kept.
func (r repository) decides(t *testing.T) {
	t.Helper()
	for _, name := range strings.Fields(r.does(t, "git", "diff", "--name-only", "--diff-filter=U")) {
		if app.IsDerived(name) || slices.Contains(resolved, name) {
			continue
		}
		var kept strings.Builder
		for line := range strings.Lines(r.reads(t, name)) {
			if !strings.HasPrefix(line, "<<<<<<< ") && line != "=======\n" && !strings.HasPrefix(line, ">>>>>>> ") {
				kept.WriteString(line)
			}
		}
		putText(t, filepath.Join(r.dir, name), kept.String())
	}
}

// takes resolves the conflicts in files as one branch has them.
func (r repository) takes(t *testing.T, branch string, names ...string) {
	t.Helper()
	for _, name := range names {
		putText(t, filepath.Join(r.dir, name), r.does(t, "git", "show", branch+":"+name))
	}
}

func putText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r repository) reads(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// mustBeWhole shows that nothing is in conflict or stale, and that nothing is found.
func (r repository) mustBeWhole(t *testing.T) {
	t.Helper()
	r.does(t, "git", "add", "--all")
	for _, name := range strings.Fields(r.does(t, "git", "ls-files")) {
		if conflict.In([]byte(r.reads(t, name))) {
			t.Errorf("%s is in conflict", name)
		}
	}
	r.does(t, "outgrow", "generate", "--check")
	r.does(t, "outgrow", "check")
}

// migrations returns the paths of the migrations of a table in SQLite.
func (r repository) migrations(t *testing.T, table string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(r.dir, "adapters/sqlite/migrations/*_"+table+"*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// migrate applies migrations to a database, as the kit does.
func (r repository) migrate(t *testing.T, db *sql.DB, without ...string) {
	t.Helper()
	var excluded []int64
	for _, name := range without {
		version, err := goose.NumericComponent(name)
		if err != nil {
			t.Fatal(err)
		}
		excluded = append(excluded, version)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(filepath.Join(r.dir, "adapters/sqlite/migrations")),
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithExcludeVersions(excluded))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// mustMigrate shows that a database can be made, and that one is brought up to date to
// which some of the migrations were not applied.
func (r repository) mustMigrate(t *testing.T, columns string, without ...[]string) {
	t.Helper()
	for _, lacking := range append(without, nil) {
		db, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "db"))
		if err != nil {
			t.Fatal(err)
		}
		r.migrate(t, db, lacking...)
		r.migrate(t, db)
		if _, err := db.ExecContext(t.Context(), "SELECT "+columns); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

var orders = []string{"--service", "order customer:string total:int64"}

// TestMerge merges branches that have each added a field to an entity and a service:
// once people have decided about what they wrote, generating is all there is to do,
// and each database gets what it lacks.
func TestMerge(t *testing.T) {
	r := newRepository(t, orders...)
	r.grows(t, "color", "add field order color:text", "add service invoice total:int64")
	r.grows(t, "main", "add field order due:time?", "add service receipt name:string")
	r.merges(t, "color", "main")

	code, out := r.tries(t, "outgrow", "generate")
	if code != 2 || !strings.HasPrefix(out, "outgrow: domain/order/order.go:23: merge conflict; resolve it") || strings.Count(out, "\n") != 1 {
		t.Errorf("%d %s", code, out)
	}
	if code, out := r.tries(t, "outgrow", "add", "field", "order", "a:int"); code != 2 || !strings.Contains(out, "merge conflicts in outgrow.yaml") || !strings.Contains(out, "; run outgrow generate first") {
		t.Errorf("%d %s", code, out)
	}
	if code, out := r.tries(t, "outgrow", "check"); code != 1 || !strings.Contains(out, "outgrow.lock:38: merge conflict; run outgrow generate\n") {
		t.Errorf("%d %s", code, out)
	}

	r.decides(t)
	if code, out := r.tries(t, "outgrow", "generate", "--check"); code != 1 || !strings.Contains(out, "stale outgrow.lock\n") {
		t.Errorf("%d %s", code, out)
	}
	r.does(t, "outgrow", "generate")
	r.mustBeWhole(t)
	r.does(t, "go", "vet", "./domain/...", "./ports/...", "./adapters/memory")
	r.mustMigrate(t, "color, due FROM orders", r.migrations(t, "orders_add_color"), r.migrations(t, "orders_add_due"), r.migrations(t, "invoices"))
	r.commits(t)
	merged := r.reads(t, "outgrow.lock")

	r.does(t, "git", "checkout", "--quiet", "-b", "mirrored", "color")
	r.merges(t, "main~1", "mirrored")
	r.decides(t)
	r.does(t, "outgrow", "generate")
	if other := r.reads(t, "outgrow.lock"); other != merged {
		t.Errorf("merged the other way round the lock is\n%s\nwant\n%s", other, merged)
	}
}

// TestMergeOfIndexes merges a branch on which one migration makes two indexes: it keeps its
// name.
func TestMergeOfIndexes(t *testing.T) {
	r := newRepository(t, "--with", "store=sqlite", "--service", "user name:string email:string?")
	unique := func(branch string, fields ...string) {
		const name = "domain/user/user.go"
		r.grows(t, branch)
		for _, f := range fields {
			putText(t, filepath.Join(r.dir, name), strings.Replace(r.reads(t, name), "\t"+f+" ", "\t//outgrow:unique\n\t"+f+" ", 1))
		}
		r.grows(t, branch, "generate")
	}
	unique("other", "Name", "Email")
	r.grows(t, "main", "add field user due:time?")
	unique("main", "Due")
	r.merges(t, "other", "main")
	r.decides(t)
	r.does(t, "outgrow", "generate")
	r.mustBeWhole(t)
	r.mustMigrate(t, "email, due FROM users", r.migrations(t, "users_unique_name"))
}

// TestMergeAdapters merges branches that have each added an adapter: go.mod, which
// nothing can be loaded without, is in conflict.
func TestMergeAdapters(t *testing.T) {
	r := newRepository(t, append([]string{"--with", "store=sqlite", "--with", "bus=channels"}, orders...)...)
	r.grows(t, "other", "add adapter postgres")
	r.grows(t, "main", "add adapter nats")
	r.merges(t, "other", "main")
	r.does(t, "outgrow", "generate")
	for name, want := range map[string]string{"go.mod": "github.com/lib/pq ", "go.sum": "github.com/lib/pq ", "outgrow.yaml": "components: [store/sqlite, store/postgres, bus/channels, bus/nats]\n"} {
		if text := r.reads(t, name); !strings.Contains(text, want) || conflict.In([]byte(text)) {
			t.Errorf("%s is\n%s", name, text)
		}
	}
	r.does(t, "go", "list", "-deps", "./adapters/postgres", "./kit/natsbus")
}

// TestMergeOfTheSame merges branches that have added the same field: a database can have
// it once, and only people know where which migration was applied.
func TestMergeOfTheSame(t *testing.T) {
	r := newRepository(t, append([]string{"--with", "store=sqlite"}, orders...)...)
	r.grows(t, "other", "add field order due:time? color:text")
	r.grows(t, "main", "add field order due:time?")
	r.merges(t, "other", "main")
	r.takes(t, "other", "domain/order/order.go", "domain/order/order_test.go", "app/orders_test.go")
	both := r.migrations(t, "orders_add_due")
	code, out := r.tries(t, "outgrow", "generate")
	if code != 2 || !strings.Contains(out, "both branches added Due to order.Order, in the migrations 20") {
		t.Errorf("%d %s", code, out)
	}
	if err := os.Remove(both[0]); err != nil {
		t.Fatal(err)
	}
	r.decides(t)
	r.does(t, "outgrow", "generate")
	r.mustBeWhole(t)
	r.mustMigrate(t, "color, due FROM orders")
}

// TestMergeOfEdits merges a branch on which a derived file was edited: it is not lost.
func TestMergeOfEdits(t *testing.T) {
	r := newRepository(t, append([]string{"--with", "store=sqlite"}, orders...)...)
	const edited = "adapters/sqlite/order_gen.go"
	r.grows(t, "other", "add field order color:text")
	putText(t, filepath.Join(r.dir, edited), r.reads(t, edited)+"\n// mine\n")
	r.commits(t)
	r.grows(t, "main", "add field order due:time?")
	r.merges(t, "other", "main")
	r.decides(t)
	before := r.reads(t, edited)
	code, out := r.tries(t, "outgrow", "generate")
	if code != 2 || !strings.Contains(out, "outgrow: "+edited+" has a merge conflict, and may have been edited by hand;") || strings.Count(out, "\n") != 1 {
		t.Errorf("%d %s", code, out)
	}
	if r.reads(t, edited) != before {
		t.Error("it was written to")
	}
	if err := os.Remove(filepath.Join(r.dir, edited)); err != nil {
		t.Fatal(err)
	}
	r.does(t, "outgrow", "generate")
	r.mustBeWhole(t)
}

// TestCRLF grows a project that git has checked out with lines that end in CRLF, since
// its owner does without .gitattributes.
func TestCRLF(t *testing.T) {
	r := newRepository(t, append([]string{"--with", "store=sqlite"}, orders...)...)
	attributed := repository{filepath.Join(t.TempDir(), "clone")}
	r.does(t, "git", "clone", "--quiet", "--config", "core.autocrlf=true", ".", attributed.dir)
	if strings.Contains(attributed.reads(t, "outgrow.lock"), "\r") {
		t.Error(".gitattributes does not say that lines end in LF")
	}
	r.does(t, "git", "rm", "--quiet", ".gitattributes")
	r.commits(t)
	clone := repository{filepath.Join(t.TempDir(), "clone")}
	r.does(t, "git", "clone", "--quiet", "--config", "core.autocrlf=true", ".", clone.dir)
	if !strings.Contains(clone.reads(t, "outgrow.lock"), "\r\n") {
		t.Fatal("there is no CRLF")
	}
	clone.mustBeWhole(t)
	clone.does(t, "outgrow", "generate")
	clone.does(t, "outgrow", "add", "field", "order", "due:time?")
	clone.does(t, "outgrow", "add", "service", "receipt", "name:string", "--allow-dirty")
	clone.mustBeWhole(t)
	for _, name := range []string{"domain/order/order.go", "adapters/sqlite/order_gen.go", "outgrow.lock", "config.yaml"} {
		if text := clone.reads(t, name); strings.Count(text, "\n") != strings.Count(text, "\r\n") {
			t.Errorf("%s has lines that end in LF", name)
		}
	}
	r.does(t, "outgrow", "add", "field", "order", "due:time?")
	clone.commits(t)
	if got, want := clone.does(t, "git", "show", "HEAD:adapters/sqlite/order_gen.go"), r.reads(t, "adapters/sqlite/order_gen.go"); got != want {
		t.Errorf("committed is\n%s\nwant\n%s", got, want)
	}
}
