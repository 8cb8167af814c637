package main

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"outgrow": main,
	})
}

// TestScripts runs the command as a user does. UPDATE_SCRIPTS=1 updates the expected
// output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
		Setup:         findGo,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"lines":  lines,
			"within": within,
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

// lines checks the number of lines in a file: lines stderr 1.
func lines(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: lines file number")
	}
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); strconv.Itoa(n) != args[1] {
		ts.Fatalf("%s has %d lines, want %s", args[0], n, args[1])
	}
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
