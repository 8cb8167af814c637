package prove

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var interruptions = flag.Int("interruptions", 24, "how often TestInterrupt interrupts commands")

// interruptible is a command that is interrupted.
type interruptible struct {
	name   string
	dir    string // where it is run, within its folder
	args   []string
	next   []string // what is run after it, which changes nothing itself
	before func(t *testing.T, dir string)
}

var interruptibles = []interruptible{
	{
		name: "new", dir: ".", args: []string{"new", "shop", "--module", "example.com/shop"},
		next: []string{"new", "next"}, before: func(*testing.T, string) {},
	},
	{
		name: "new .", dir: "shop", args: []string{"new", ".", "--module", "example.com/shop"},
		next: []string{"add", "adapter", "none"},
		before: func(t *testing.T, dir string) {
			putFile(t, filepath.Join(dir, "shop", ".git", "HEAD"), "mine")
			putFile(t, filepath.Join(dir, "shop", "README.md"), "mine")
		},
	},
	{
		name: "generate", dir: "shop", args: []string{"generate"},
		next: []string{"add", "adapter", "none"},
		before: func(t *testing.T, dir string) {
			command(t, dir, outgrow, "new", "shop", "--module", "example.com/shop")
			p := project{dir: filepath.Join(dir, "shop")}
			p.edit(t, "domain/order/order.go", "\tCustomer string\n", "\tCustomer string\n\tNote *string\n")
		},
	},
	{
		name: "add adapter", dir: "shop", args: []string{"add", "adapter", "nats"},
		next: []string{"add", "adapter", "none"},
		before: func(t *testing.T, dir string) {
			command(t, dir, outgrow, "new", "shop", "--module", "example.com/shop", "--with", "bus=channels")
		},
	},
	{
		name: "add service", dir: "shop", args: []string{"add", "service", "receipt", "number:string"},
		next: []string{"add", "adapter", "none"},
		before: func(t *testing.T, dir string) {
			command(t, dir, outgrow, "new", "shop", "--module", "example.com/shop")
		},
	},
	{
		name: "add field", dir: "shop", args: []string{"add", "field", "order", "due:time"},
		next: []string{"add", "adapter", "none"},
		before: func(t *testing.T, dir string) {
			command(t, dir, outgrow, "new", "shop", "--module", "example.com/shop")
		},
	},
}

// TestInterrupt interrupts commands with SIGINT and SIGKILL in turn, at random
// moments: half of them at any while the command runs, half while it writes, of
// which those that kill it wait until it has decided to. Once the next command was
// run, the folder is as it was before or as it is after.
func TestInterrupt(t *testing.T) {
	each := *interruptions / len(interruptibles)
	var all outcomes
	var last *rehearsal
	for _, c := range interruptibles {
		last = newRehearsal(t, c)
		var got outcomes
		for i := range each {
			last.once(t, i, &got)
		}
		fmt.Printf("%-12s takes %-6s %s\n", c.name, last.takes.Round(time.Millisecond), got)
		all.add(got)
	}
	for i := 3; all.midway == 0 && i < 400; i += 4 { // few may all have missed it
		last.once(t, i, &all)
	}
	fmt.Println(all)
	if all.broken > 0 || all.interrupted < each*len(interruptibles) {
		t.Errorf("%s; want none broken", all)
	}
	if all.clean == 0 || all.complete == 0 || all.midway == 0 {
		t.Errorf("%s; want some clean, some complete, and some interrupted midway", all)
	}
}

// TestInterruptSeesAHalf shows that the comparison of TestInterrupt can fail: where
// what a killed command had begun is not finished, but its stage thrown away, a half
// is left.
func TestInterruptSeesAHalf(t *testing.T) {
	c := interruptibles[1]
	r := newRehearsal(t, c)
	var got outcomes
	for i := 1; i < 400; i += 2 { // those that are killed
		dir := r.again(t)
		r.interrupt(t, dir, i)
		for _, stage := range decided(t, filepath.Join(dir, c.dir)) {
			if err := os.RemoveAll(stage); err != nil {
				t.Fatal(err)
			}
		}
		r.next(t, dir)
		if r.judge(t, dir, &got); got.broken > 0 {
			fmt.Println("stage thrown away:", got)
			return
		}
	}
	t.Errorf("%s: no half was seen", got)
}

// outcomes is what came of interruptions.
type outcomes struct {
	interrupted int
	midway      int // of them, between the decision and the last file
	clean       int // as it was before
	complete    int // as it is after
	broken      int // neither
}

func (o outcomes) String() string {
	return fmt.Sprintf("interrupted=%d clean=%d complete=%d broken=%d midway=%d", o.interrupted, o.clean, o.complete, o.broken, o.midway)
}

func (o *outcomes) add(other outcomes) {
	o.interrupted += other.interrupted
	o.midway += other.midway
	o.clean += other.clean
	o.complete += other.complete
	o.broken += other.broken
}

// rehearsal is a command with what it makes of what, and how long it takes.
type rehearsal struct {
	interruptible

	origin        string
	before, after map[string]string
	takes, writes time.Duration // the whole, and from the stage on
}

func newRehearsal(t *testing.T, c interruptible) *rehearsal {
	t.Helper()
	r := &rehearsal{interruptible: c, origin: filepath.Join(t.TempDir(), "origin")}
	if err := os.MkdirAll(filepath.Join(r.origin, c.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	c.before(t, r.origin)
	r.before = contentsOf(t, r.origin)
	dir := r.again(t)
	start := time.Now()
	cmd := r.start(t, dir)
	r.await(dir, cmd, ".outgrow-*")
	staged := time.Now()
	if err := <-cmd.ended; err != nil {
		t.Fatalf("%s: %v\n%s", c.name, err, cmd.output.String())
	}
	r.takes, r.writes = time.Since(start), time.Since(staged)
	r.after = contentsOf(t, dir)
	if maps.Equal(r.before, r.after) {
		t.Fatalf("%s changes nothing", c.name)
	}
	return r
}

// again returns a new folder with what there is before.
func (r *rehearsal) again(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "folder")
	if err := os.CopyFS(dir, os.DirFS(r.origin)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// running is a command that runs.
type running struct {
	*exec.Cmd

	output output
	ended  chan error
}

func (r *rehearsal) start(t *testing.T, dir string) *running {
	t.Helper()
	c := &running{Cmd: exec.Command(outgrow, r.args...), ended: make(chan error, 1)}
	c.Dir = filepath.Join(dir, r.dir)
	c.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly", "GOWORK=off")
	c.Stdout, c.Stderr = &c.output, &c.output
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.Wait() }()
	return c
}

// await waits until there is a file of such a name, or the command has ended.
func (r *rehearsal) await(dir string, c *running, pattern string) {
	for len(c.ended) == 0 {
		found, _ := filepath.Glob(filepath.Join(dir, r.dir, pattern))
		if len(found) > 0 {
			return
		}
		time.Sleep(100 * time.Microsecond) // the interval of polling a folder
	}
}

// interrupt runs the command in the folder and interrupts it for the ith time.
func (r *rehearsal) interrupt(t *testing.T, dir string, i int) {
	t.Helper()
	c := r.start(t, dir)
	within := r.takes
	switch {
	case i%4 == 3 && r.name != "new": // which decides by its last step
		r.await(dir, c, ".outgrow-*/commit")
		within = r.writes / 4
	case i%4 >= 2:
		r.await(dir, c, ".outgrow-*")
		within = r.writes
	}
	time.Sleep(time.Duration(rand.Int64N(int64(within) + 1))) // any moment will do
	signal := os.Signal(syscall.SIGINT)
	if i%2 == 1 {
		signal = os.Kill
	}
	_ = c.Process.Signal(signal) // it may have ended already
	err := <-c.ended
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	said := c.output.String()
	if err != nil && exit.Exited() && (exit.ExitCode() != 1 || said != "outgrow: interrupted; nothing was written\n") {
		t.Errorf("%s, interrupted, ended with %d:\n%s", r.name, exit.ExitCode(), said)
	}
}

// once interrupts the command for the ith time, in a new folder, and tells what came
// of it.
func (r *rehearsal) once(t *testing.T, i int, got *outcomes) {
	t.Helper()
	dir := r.again(t)
	r.interrupt(t, dir, i)
	got.midway += len(decided(t, filepath.Join(dir, r.dir)))
	r.next(t, dir)
	r.judge(t, dir, got)
}

// decided returns the stages of what is to be finished in a folder.
func decided(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, ".outgrow-*", "commit"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

// next runs the next command, and removes what that makes.
func (r *rehearsal) next(t *testing.T, dir string) {
	t.Helper()
	cmd := exec.Command(outgrow, r.interruptible.next...)
	cmd.Dir = filepath.Join(dir, r.dir)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 2) {
		t.Errorf("the command after %s: %v\n%s", r.name, err, out)
	}
	if err := os.RemoveAll(filepath.Join(dir, "next")); err != nil {
		t.Fatal(err)
	}
}

// judge compares the folder with what it is before and after.
func (r *rehearsal) judge(t *testing.T, dir string, o *outcomes) {
	t.Helper()
	o.interrupted++
	switch got := contentsOf(t, dir); {
	case maps.Equal(got, r.before):
		o.clean++
	case maps.Equal(got, r.after):
		o.complete++
	default:
		o.broken++
		t.Logf("%s: of %d files before and %d after there are %d, and %s", r.name, len(r.before), len(r.after), len(got), differing(got, r.before, r.after))
	}
}

// differing names some of what is neither as before nor as after.
func differing(got, before, after map[string]string) string {
	var names []string
	for name := range got {
		if got[name] != before[name] && got[name] != after[name] && len(names) < 3 {
			names = append(names, name)
		}
	}
	return fmt.Sprintf("neither as before nor as after: %s", strings.Join(names, ", "))
}

// version is that of a migration, which tells when it was made.
var version = regexp.MustCompile(`[0-9]{17}`)

// contentsOf returns what is below a folder by path: what files hold and whether
// they can be run, and folders. Whenever migrations were made, they are the same.
func contentsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		within, err := filepath.Rel(dir, name)
		if err != nil || d.IsDir() {
			all[within] = "a folder"
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		all[version.ReplaceAllString(within, "VERSION")] = fmt.Sprintf("%t %s", info.Mode()&0o100 != 0, version.ReplaceAll(data, []byte("VERSION")))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func putFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
