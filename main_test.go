package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/app"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"outgrow": atNow,
	})
}

// atNow runs the command. Where NOW is set, it is the version of the next migration:
// projects can be compared.
func atNow() {
	at, err := strconv.Atoi(os.Getenv("NOW"))
	if err != nil {
		main()
	}
	now := fx.Replace(app.Now(func() int { return at }))
	os.Exit(execute(context.Background(), files, os.Args[1:], os.Stdout, os.Stderr, now))
}

// TestScripts runs the command as a user does. UPDATE_SCRIPTS=1 updates the expected
// output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:         findGo,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"glob":    glob,
			"lines":   lines,
			"replace": replace,
			"within":  within,
		},
	})
}

// findGo lets the go command use the caches of this machine, but not the network.
func findGo(env *testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPATH").Output()
	if err != nil {
		return err
	}
	found := strings.Split(string(out), "\n")
	env.Setenv("GOCACHE", found[0])
	env.Setenv("GOMODCACHE", found[1])
	env.Setenv("GOPATH", found[2])
	env.Setenv("GOPROXY", "off")
	env.Setenv("GOFLAGS", "-mod=readonly")
	return nil
}

// exits runs a command and checks its exit code: exits 2 outgrow new a.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	code := 0
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// glob sets a variable to the one file that a pattern matches, as those of migrations
// do, which are named for the time: glob orders migrations/*_orders.sql. Negated, it
// checks that none does: ! glob migrations/*_orders.sql.
func glob(ts *testscript.TestScript, none bool, args []string) {
	if len(args) == 0 || len(args) > 2 || none != (len(args) == 1) {
		ts.Fatalf("usage: glob variable pattern, or: ! glob pattern")
	}
	pattern := args[len(args)-1]
	found, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	switch {
	case none && len(found) > 0:
		ts.Fatalf("there is %v", found)
	case !none && len(found) != 1:
		ts.Fatalf("%s matches %v, want one file", pattern, found)
	case !none:
		ts.Setenv(args[0], found[0])
	}
}

// lines checks the number of lines in a file: lines stderr 1.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines file number")
	}
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], n, args[1])
	}
}

// replace replaces a text that a file has: replace before after file.
func replace(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: replace before after file")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not have %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.Replace(text, args[0], args[1], 1)), 0o600))
}

// within checks the entries of a folder, including hidden files: within . a b. Without
// names the folder must be empty.
func within(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 1 {
		ts.Fatalf("usage: within folder [name...]")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".tmp") { // testscript's own
			names = append(names, e.Name())
		}
	}
	if want := slices.Sorted(slices.Values(args[1:])); !slices.Equal(names, want) {
		ts.Fatalf("%s holds %v, want %v", args[0], names, want)
	}
}
