package run

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// testProgram returns the program as a user has it, in an empty folder, and what
// it prints.
func testProgram(t *testing.T, args ...string) (p Program, stdout, stderr *bytes.Buffer) {
	t.Helper()
	defaults := testDefaults(t)
	t.Chdir(t.TempDir())
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return Program{
		Name: "shop", Version: "1.2.3", Defaults: defaults, Args: args, Env: []string{"PATH=/bin"}, Stdout: stdout, Stderr: stderr,
	}, stdout, stderr
}

func testDefaults(t *testing.T) []byte {
	t.Helper()
	defaults, err := os.ReadFile(filepath.Join(testHome, "..", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return defaults
}

// testHome is the folder of these tests, which change to others.
var testHome = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// wantCode runs the program and fails the test unless it exits with the code.
func wantCode(t *testing.T, p Program, want int) {
	t.Helper()
	if got := Main(p); got != want {
		t.Fatalf("%q: exits with %d, want %d:\n%s%s", p.Args, got, want, p.Stdout, p.Stderr)
	}
}

func wantText(t *testing.T, got string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("does not say %q:\n%s", w, got)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}, {"dead-letters", "--help"}} {
		p, stdout, _ := testProgram(t, args...)
		wantCode(t, p, exitDone)
		wantText(t, stdout.String(), "shop 1.2.3", "shop serve", "shop dead-letters replay ID… | --all", "SHOP_HTTP_ADDR")
	}
	p, stdout, _ := testProgram(t, "version")
	wantCode(t, p, exitDone)
	if got := stdout.String(); got != "shop 1.2.3\n" {
		t.Errorf("got %q", got)
	}
}

func TestDefaultsOfProgram(t *testing.T) {
	p := Program{Name: "order-desk.2"}.filled()
	if p.Prefix != "ORDER_DESK_2" || p.Version == "" || p.Args == nil || p.Env == nil || p.Stdout != os.Stdout || p.Stderr != os.Stderr {
		t.Errorf("got %+v", p)
	}
}

func TestRefusedCommandLines(t *testing.T) {
	for args, want := range map[string]string{
		"sevre":                       `shop: there is no command "sevre"`,
		"serve now":                   `shop: serve takes no argument, and there is "now"`,
		"--port 80":                   "shop: there is no flag --port; there are --config FILE, --set key=value and --help",
		"--set":                       "shop: --set needs a value",
		"config --config=":            "shop: --config needs a value",
		"dead-letters":                "shop: say what to do: dead-letters list, or dead-letters replay ID… | --all",
		"dead-letters purge":          "shop: say what to do: dead-letters list, or dead-letters replay ID… | --all",
		"dead-letters list x":         `shop: dead-letters list takes no argument, and there is "x"`,
		"dead-letters list --all":     "shop: dead-letters list knows no --all",
		"dead-letters replay":         "shop: dead-letters replay needs either IDs or --all",
		"dead-letters replay x --all": "shop: dead-letters replay needs either IDs or --all",
		"dead-letters replay 5":       `shop: "5" is no ID of a dead letter`,
	} {
		t.Run(args, func(t *testing.T) {
			p, _, stderr := testProgram(t, strings.Fields(args)...)
			wantCode(t, p, exitRefused)
			wantText(t, stderr.String(), want)
		})
	}
}

func TestFlagsMayStandAnywhere(t *testing.T) {
	got, err := parseCommandLine([]string{"--set", "a=b=c", "dead-letters", "--config=f", "replay", "x", "--set=d=", "y"})
	if err != nil {
		t.Fatal(err)
	}
	if got.command.String() != "dead-letters replay" || got.file != "f" || strings.Join(got.set, " ") != "a=b=c d=" ||
		strings.Join(got.words, " ") != "x y" || got.all {
		t.Errorf("got %+v", got)
	}
}
