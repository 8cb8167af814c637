package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// faulty are steps some of which fail. Flushing does nothing.
type faulty struct {
	steps
	n    *int             // the number of steps so far
	fail func(n int) bool // whether the nth step fails
	half bool             // whether failing to write a file leaves part of it
}

var errFault = errors.New("a fault")

func (f faulty) step(do func() error) error {
	*f.n++
	if f.fail(*f.n) {
		return errFault
	}
	return do()
}

func (f faulty) Mkdir(name string) error { return f.step(func() error { return f.steps.Mkdir(name) }) }
func (f faulty) Flush(...string) error   { return f.step(func() error { return nil }) }
func (f faulty) Remove(name string) error {
	return f.step(func() error { return f.steps.Remove(name) })
}

func (f faulty) Chmod(name string, mode fs.FileMode) error {
	return f.step(func() error { return f.steps.Chmod(name, mode) })
}

func (f faulty) Rename(from, to string) error {
	return f.step(func() error { return f.steps.Rename(from, to) })
}

func (f faulty) Write(name string, data []byte, mode fs.FileMode) error {
	if f.half && f.fail(*f.n+1) && !f.fail(*f.n) {
		_ = f.steps.Write(name, data[:len(data)/2], mode)
	}
	return f.step(func() error { return f.steps.Write(name, data, mode) })
}

// never fails at no step.
func never(int) bool { return false }

// killedAt fails like a process that is killed before the nth step.
func killedAt(n int) func(int) bool { return func(at int) bool { return at >= n } }

// onceAt fails only at the nth step.
func onceAt(n int) func(int) bool { return func(at int) bool { return at == n } }

// onceThenKilled fails at the nth step, and like a killed process some steps later.
func onceThenKilled(n, after int) func(int) bool {
	return func(at int) bool { return at == n || at >= n+after }
}

// openFaulty returns a folder whose steps fail, and the number of steps.
func openFaulty(dir string, half bool, fail func(n int) bool) (*Folder, *int) {
	f, n := Open(dir), new(int)
	f.steps = func(root *os.Root) steps { return faulty{real{root}, n, fail, half} }
	return f, n
}

// meanwhile calls a function before the nth step.
func meanwhile(n int, do func()) func(int) bool {
	return func(at int) bool {
		if at == n {
			do()
		}
		return false
	}
}

// action is a change of a folder with its initial contents.
type action struct {
	name   string
	before map[string]string
	do     func(f *Folder) error
}

var actions = []action{
	{"update", map[string]string{"a.go": "old", "same.go": "same", "folder/gone.go": "old", "mine.txt": "mine"}, func(f *Folder) error {
		return f.Update([]plan.File{
			{Path: "a.go", Data: []byte("new"), Executable: true},
			{Path: "same.go", Data: []byte("same")},
			{Path: "new/folder/c.go", Data: []byte("new")},
		}, []string{"folder/gone.go", "never.go"})
	}},
	{"create within", map[string]string{"README.md": "mine", ".git/HEAD": "mine"}, func(f *Folder) error { return f.Create(project) }},
	{"create anew", nil, func(f *Folder) error { return f.Create(project) }},
}

// set creates a folder with the initial contents, in a separate parent folder.
func (a action) set(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "shop")
	for name, text := range a.before {
		put(t, filepath.Join(dir, name), text)
	}
	return dir
}

// outcome returns the folder's tree before and after the action, and the number of steps.
func (a action) outcome(t *testing.T) (before, after map[string]string, steps int) {
	t.Helper()
	dir := a.set(t)
	before = tree(t, filepath.Dir(dir))
	f, n := openFaulty(dir, false, never)
	if err := a.do(f); err != nil {
		t.Fatal(err)
	}
	after = tree(t, filepath.Dir(dir))
	if maps.Equal(before, after) {
		t.Fatal("it changes nothing")
	}
	return before, after, *n
}

// verdict is the final state of a folder.
type verdict struct{ clean, complete, broken int }

func (v verdict) String() string {
	return fmt.Sprintf("clean=%d complete=%d broken=%d", v.clean, v.complete, v.broken)
}

// judge compares a folder with the trees before and after the action.
func (v *verdict) judge(t *testing.T, dir string, before, after map[string]string) {
	t.Helper()
	switch got := tree(t, filepath.Dir(dir)); {
	case maps.Equal(got, before) && !hasFolder(dir, before, "new"):
		v.clean++
	case maps.Equal(got, after):
		v.complete++
	default:
		v.broken++
		t.Logf("there is %v", paths(got))
	}
}

// hasFolder reports whether a new empty folder is left behind.
func hasFolder(dir string, before map[string]string, name string) bool {
	_, err := os.Lstat(filepath.Join(dir, name))
	return err == nil && !slices.ContainsFunc(paths(before), func(p string) bool { return strings.HasPrefix(p, "shop/"+name) })
}

// finish does what the next command does.
func finish(t *testing.T, dir string) {
	t.Helper()
	tidyAbove(dir)
	f, _ := openFaulty(dir, false, never)
	if _, err := f.Lock(); err != nil {
		t.Errorf("the next command: %v", err)
	}
	if err := f.Unlock(); err != nil {
		t.Error(err)
	}
}

// readsWhole checks that a folder reads as it was before or as it will be after.
func readsWhole(t *testing.T, dir string, before, after map[string]string) {
	t.Helper()
	if !exists(dir) {
		return
	}
	got := map[string]string{}
	files := Open(dir).Files()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if stageName.MatchString(name) {
				return fs.SkipDir
			}
			return err
		}
		data, err := fs.ReadFile(files, name)
		got["shop/"+name] = string(data)
		return err
	})
	if err != nil || !maps.Equal(got, before) && !maps.Equal(got, after) {
		t.Errorf("a partial change is visible: %v %v", got, err)
	}
}

// TestKilledAnywhere kills each action at each step, and then what finishes it at each
// step.
func TestKilledAnywhere(t *testing.T) {
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			before, after, steps := a.outcome(t)
			var v verdict
			midway := 0
			for n := 1; n <= steps+1; n++ {
				for _, half := range []bool{false, true} {
					dir := a.set(t)
					f, _ := openFaulty(dir, half, killedAt(n))
					if err := a.do(f); (err == nil) != (n > steps) && Open(dir).Interrupted() {
						t.Errorf("killed at %d of %d steps: %v", n, steps, err)
					}
					if Open(dir).Interrupted() {
						midway++
					}
					readsWhole(t, dir, before, after)
					for again := 1; again <= steps && Open(dir).Interrupted(); again++ {
						next, _ := openFaulty(dir, half, killedAt(again))
						if _, err := next.Lock(); err == nil {
							_ = next.Unlock()
						}
						readsWhole(t, dir, before, after)
					}
					finish(t, dir)
					v.judge(t, dir, before, after)
				}
			}
			t.Logf("steps=%d between the first and the last=%d %s", steps, midway, v)
			if v.broken > 0 || v.clean == 0 || v.complete == 0 || midway == 0 && a.name != "create anew" {
				t.Errorf("%s, %d midway; want some of each, and none broken", v, midway)
			}
		})
	}
}

// TestFailsAnywhere makes each step of each action fail: afterwards nothing has changed
// or, if the action reports success, everything has. Then it kills the action while it
// undoes the change.
func TestFailsAnywhere(t *testing.T) {
	stride := 1
	if testing.Short() {
		stride = 5
	}
	for _, a := range actions {
		t.Run(a.name, func(t *testing.T) {
			before, after, steps := a.outcome(t)
			var failed, killed verdict
			for n := 1; n <= steps; n++ {
				dir := a.set(t)
				f, _ := openFaulty(dir, true, onceAt(n))
				err := a.do(f)
				want := before
				if err == nil {
					want = after
				}
				readsWhole(t, dir, want, want)
				if got := tree(t, filepath.Dir(dir)); err != nil && !maps.Equal(got, before) {
					t.Errorf("step %d failed, and left %v", n, paths(got))
				}
				finish(t, dir)
				failed.judge(t, dir, want, want)
				if err != nil && !errors.Is(err, errFault) {
					t.Errorf("step %d: %v", n, err)
				}
				for rest := 1; rest <= steps; rest += stride {
					dir := a.set(t)
					f, _ := openFaulty(dir, true, onceThenKilled(n, rest))
					_ = a.do(f) // it was killed
					readsWhole(t, dir, before, after)
					for again := 1; again <= steps && Open(dir).Interrupted(); again++ {
						next, _ := openFaulty(dir, true, killedAt(again))
						if _, err := next.Lock(); err == nil {
							_ = next.Unlock()
						}
					}
					finish(t, dir)
					killed.judge(t, dir, before, after)
				}
			}
			t.Logf("a step fails: %s; and then it is killed: %s", failed, killed)
			if failed.broken > 0 || killed.broken > 0 {
				t.Error("broken")
			}
		})
	}
}

// TestChangedAnywhere kills an update at each step, changes each of its files in each way,
// and kills what recovers. Afterwards that file is as somebody left it, and the others are
// all as before or all as after.
func TestChangedAnywhere(t *testing.T) {
	a := actions[0]
	before, after, steps := a.outcome(t)
	ways := map[string]func(name string) (text string, there bool){
		"edited":   func(string) (string, bool) { return "edited", true },
		"removed":  func(string) (string, bool) { return "", false },
		"restored": func(name string) (string, bool) { text, there := before[name]; return text, there },
		"done":     func(name string) (string, bool) { text, there := after[name]; return text, there },
	}
	var v verdict
	for n := 1; n <= steps; n++ {
		for _, name := range []string{"shop/a.go", "shop/same.go", "shop/folder/gone.go", "shop/new/folder/c.go"} {
			for way, change := range ways {
				for again := 1; again <= steps; again += 11 {
					dir := a.set(t)
					f, _ := openFaulty(dir, false, killedAt(n))
					_ = a.do(f) // it was killed
					wasBegun := Open(dir).Interrupted()
					text, there := change(name)
					if now, is := tree(t, filepath.Dir(dir))[name]; now == text && is == there {
						break // nothing is changed
					}
					path := filepath.Join(filepath.Dir(dir), filepath.FromSlash(name))
					if err := os.RemoveAll(path); err != nil {
						t.Fatal(err)
					}
					if there {
						put(t, path, text)
					}
					if next, _ := openFaulty(dir, false, killedAt(again)); wasBegun {
						if _, err := next.Lock(); err == nil {
							_ = next.Unlock()
						}
					}
					finish(t, dir)
					left := tree(t, filepath.Dir(dir))
					if got, is := left[name]; got != text || is != there {
						t.Errorf("%s is not as it was %s at %d: %q", name, way, n, got)
					}
					others := func(all map[string]string) map[string]string {
						all = maps.Clone(all)
						delete(all, name)
						return all
					}
					switch left := others(left); {
					case maps.Equal(left, others(before)):
						v.clean++
					case maps.Equal(left, others(after)):
						v.complete++
					default:
						v.broken++
						t.Errorf("killed at %d, %s %s, killed again at %d: %v", n, name, way, again, left)
					}
					if !wasBegun {
						break
					}
				}
			}
		}
	}
	if t.Log(v); v.clean == 0 || v.complete == 0 {
		t.Errorf("%s; want some of each", v)
	}
}
