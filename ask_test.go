//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// Keys.
const (
	enter  = "\r"
	escape = "\x1b"
	ctrlC  = "\x03"
	ctrlD  = "\x04"
	clear  = "\x15" // Ctrl-U
	space  = " "
)

// terminal is a terminal that runs the command.
type terminal struct {
	*testing.T
	keys    *os.File
	command *exec.Cmd
	changed chan struct{} // closed when the command has ended
	races   string        // the folder for reports of the race detector

	mu     sync.Mutex
	screen *vt.Emulator
	raw    strings.Builder // everything sent to the screen
}

// sit runs the command in a terminal, in the folder.
func sit(t *testing.T, dir string, env []string, args ...string) *terminal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute) // in case it waits for an answer that never comes
	t.Cleanup(cancel)
	races, err := os.MkdirTemp("", "races-*") //nolint:usetesting // t.TempDir contains the test's name, and a comma in it would end the option
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(races) })
	tm := &terminal{
		T: t, screen: vt.NewEmulator(200, 60), changed: make(chan struct{}, 1), races: races,
		command: exec.CommandContext(ctx, "outgrow", args...),
	}
	tm.command.Dir = dir
	tm.command.Env = append(os.Environ(), append([]string{"TERM=xterm-256color", "CI=", "NO_COLOR=", "ACCESSIBLE=", "GORACE=exitcode=0 log_path=" + filepath.Join(tm.races, "race")}, env...)...)
	keys, err := pty.StartWithSize(tm.command, &pty.Winsize{Rows: 60, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	tm.keys = keys
	go tm.show()
	go tm.reply()
	return tm
}

// show shows the command's output on the screen until the command ends.
func (tm *terminal) show() {
	buffer := make([]byte, 1<<16)
	for {
		n, err := tm.keys.Read(buffer)
		tm.mu.Lock()
		_, _ = tm.screen.Write(buffer[:n])
		tm.raw.Write(buffer[:n])
		tm.mu.Unlock()
		if err != nil { // the other side was closed
			close(tm.changed)
			return
		}
		select {
		case tm.changed <- struct{}{}:
		default:
		}
	}
}

// reply answers the queries that the command sends to the terminal itself.
func (tm *terminal) reply() {
	buffer := make([]byte, 256)
	for {
		n, err := tm.screen.Read(buffer)
		if err != nil {
			return
		}
		_, _ = tm.keys.Write(buffer[:n])
	}
}

// shows returns what the screen shows.
func (tm *terminal) shows() string {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.screen.String()
}

// sees waits until the screen shows the text.
func (tm *terminal) sees(text string) {
	tm.Helper()
	late := time.After(time.Minute)
	for !strings.Contains(tm.shows(), text) {
		select {
		case _, running := <-tm.changed:
			if !running && !strings.Contains(tm.shows(), text) {
				tm.Fatalf("it ended and never showed %q:\n%s", text, tm.shows())
			}
		case <-late:
			tm.Fatalf("it never showed %q:\n%s", text, tm.shows())
		}
	}
}

func (tm *terminal) types(keys ...string) {
	tm.Helper()
	for _, k := range keys {
		if _, err := tm.keys.WriteString(k); err != nil {
			tm.Fatal(err)
		}
	}
}

// ends waits for the command to end, and returns the exit code.
func (tm *terminal) ends() int {
	tm.Helper()
	for range tm.changed {
		continue // until it is closed
	}
	err := tm.command.Wait()
	_ = tm.screen.InputPipe().(io.Closer).Close() // ends reply
	_ = tm.keys.Close()
	tm.noRace()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return exit.ExitCode()
	} else if err != nil {
		tm.Fatal(err)
	}
	return 0
}

// noRace fails if the race detector found a race other than the known one in
// bubbletea, which closes its cancelreader half a second after canceling it, even if
// the goroutine that reads has not noticed yet.
func (tm *terminal) noRace() {
	tm.Helper()
	reports, err := filepath.Glob(filepath.Join(tm.races, "*"))
	if err != nil {
		tm.Fatal(err)
	}
	for _, name := range reports {
		text, err := os.ReadFile(name)
		if err != nil {
			tm.Fatal(err)
		}
		for _, race := range strings.SplitAfter(string(text), "WARNING: DATA RACE")[1:] {
			if !strings.Contains(race, "cancelreader.(*epollCancelReader).Close()") {
				tm.Errorf("a race:%s", race)
			}
		}
	}
}

// questions are the texts that the screen shows for each question, in order.
var questions = []string{"Folder", "Module", "Service", "Another", "Store", "Bus", "Make it in shop?"}

// occupied returns a folder that is not empty, so that the project is created in a
// subfolder.
func occupied(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestEnterAlone shows that pressing Enter at each question creates the project that
// `outgrow new shop` creates, on a dumb terminal as well.
func TestEnterAlone(t *testing.T) {
	t.Setenv("NOW", "20261126204315000")
	want := contents(t, made(t, "new", "shop"))
	for _, term := range []string{"TERM=xterm-256color", "TERM=dumb"} {
		t.Run(term, func(t *testing.T) {
			dir := occupied(t)
			tm := sit(t, dir, []string{term}, "new")
			for _, q := range questions {
				tm.sees(q)
				tm.types(enter)
			}
			tm.sees("see README.md for what to do next")
			if code := tm.ends(); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if got := contents(t, filepath.Join(dir, "shop")); !maps.Equal(got, want) {
				t.Errorf("a different project was created: %d files, want %d", len(got), len(want))
			}
		})
	}
}

// TestAnswers shows that wrong answers are refused at once, and that the command line
// shown with the plan creates the same project.
func TestAnswers(t *testing.T) {
	t.Setenv("NOW", "20261126204315000")
	dir := occupied(t)
	tm := sit(t, dir, nil, "new")
	for _, step := range []struct{ sees, types string }{
		{"Folder", "mine" + enter},
		{"mine is not a folder", clear + "shop" + enter},
		{"Module", "net/http" + enter},
		{"belongs to the standard library", clear + "github.com/spf13" + enter},
		{"projects need github.com/spf13/", clear + "example.com/till" + enter},
		{"Service", "order a:strng" + enter},
		{`did you mean "string"?`, clear + "order customer:string? kind:enum:a,b" + enter},
		{"Another", "orders a:string" + enter},
		{"both declare Orders", clear + "receipt order:uuid" + enter},
		{"✓ Another  receipt order:uuid\n┃ Another", enter},
		{"Store", space + enter},
		{"every project has sqlite", space + enter},
		{"Bus", "\x1b[B" + space + enter},
		{"Make it in shop?", enter},
		{"see README.md for what to do next", ""},
	} {
		tm.sees(step.sees)
		tm.types(step.types)
	}
	if code := tm.ends(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	line := regexp.MustCompile(`(?m)^  outgrow (new .*?) *$`).FindStringSubmatch(tm.shows())
	if line == nil || !strings.Contains(line[1], "--with bus=channels") {
		t.Fatalf("no command line, or a wrong one, in\n%s", tm.shows())
	}
	want := contents(t, filepath.Join(dir, "shop"))
	again := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "outgrow "+line[1])
	cmd.Dir = again
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := contents(t, filepath.Join(again, "shop")); !maps.Equal(got, want) {
		t.Errorf("%s creates a different project", line[1])
	}
}

// TestLeaving shows that quitting at any question leaves nothing behind.
func TestLeaving(t *testing.T) {
	const interrupted = "outgrow: interrupted; nothing was written"
	for _, c := range []struct{ name, term, key, says string }{
		{"Ctrl-C", "xterm", ctrlC, interrupted},
		{"Esc", "xterm", escape, interrupted},
		{"Ctrl-C line by line", "dumb", ctrlC, interrupted},
		{"Ctrl-D line by line", "dumb", ctrlD, interrupted},
	} {
		for n := range questions {
			t.Run(c.name+" at "+questions[n], func(t *testing.T) {
				t.Parallel()
				leave(t, c.term, questions[:n+1], c.key, c.says)
			})
		}
	}
	t.Run("No", func(t *testing.T) {
		leave(t, "xterm", questions, "n", "nothing was written")
	})
}

// leave answers all questions but the last, and presses a key at that one.
func leave(t *testing.T, term string, questions []string, key, says string) {
	t.Helper()
	dir := occupied(t)
	tm := sit(t, dir, []string{"TERM=" + term}, "new")
	for i, q := range questions {
		tm.sees(q)
		if i < len(questions)-1 {
			tm.types(enter)
		}
	}
	tm.types(key)
	tm.sees(says)
	if code := tm.ends(); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if left := contents(t, dir); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
}

// TestUnasked shows that no questions are asked if there are arguments, flags or
// variables, or in CI.
func TestUnasked(t *testing.T) {
	for name, c := range map[string]struct {
		env  string
		args []string
		code int
	}{
		"CI":         {"CI=true", []string{"new"}, 2},
		"a flag":     {"", []string{"new", "--module", "example.com/shop"}, 2},
		"a variable": {"OUTGROW_MODULE=example.com/shop", []string{"new"}, 2},
		"a folder":   {"", []string{"new", "shop"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			tm := sit(t, t.TempDir(), []string{c.env}, c.args...)
			if code := tm.ends(); code != c.code {
				t.Errorf("exit code %d, want %d:\n%s", code, c.code, tm.shows())
			}
		})
	}
}

// TestWithoutColor shows that NO_COLOR is respected.
func TestWithoutColor(t *testing.T) {
	color := regexp.MustCompile(`\x1b\[[0-9;]*(?:3[0-7]|4[0-7]|9[0-7]|[34]8;)[0-9;]*m`)
	for env, want := range map[string]bool{"NO_COLOR=1": false, "NO_COLOR=": true} {
		tm := sit(t, occupied(t), []string{env}, "new")
		tm.sees("Folder")
		tm.types(escape)
		tm.ends()
		if got := color.MatchString(tm.raw.String()); got != want {
			t.Errorf("%s: color: %v, in %q", env, got, tm.raw.String())
		}
	}
}

// made runs the command in a new folder, and returns the project shop in it.
func made(t *testing.T, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "outgrow", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "shop")
}

// contents returns the contents of all files in a folder and its subfolders, by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
