package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
)

const aStage = ".outgrow-AAAAAAAAAAAAAAAAAAAAAAAAAA"

// refused checks that an error is a refusal with the text.
func refused(t *testing.T, err error, want string) {
	t.Helper()
	var refusal plan.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want a refusal with %q", err, want)
	}
}

// interrupted returns a folder in which an update was killed midway: a.go was replaced,
// but not b.go.
func interrupted(t *testing.T) (dir string) {
	t.Helper()
	for n := 1; ; n++ {
		dir = filepath.Join(t.TempDir(), "shop")
		put(t, filepath.Join(dir, "a.go"), "old")
		put(t, filepath.Join(dir, "b.go"), "old")
		f, _ := openFaulty(dir, false, killedAt(n))
		_ = f.Update([]plan.File{{Path: "a.go", Data: []byte("new")}, {Path: "b.go", Data: []byte("new")}}, nil)
		if got := tree(t, dir); got["a.go"] == "new" && got["b.go"] == "old" {
			return dir
		}
	}
}

func TestLockFinishesWhatWasBegun(t *testing.T) {
	dir := interrupted(t)
	f := Open(dir)
	if !f.Interrupted() {
		t.Error("the interruption was not detected")
	}
	if r, err := f.Lock(); r.Finished != 2 || r.Undone != 0 || err != nil {
		t.Errorf("%+v, %v; want 2 finished", r, err)
	}
	if got := tree(t, dir); len(got) != 2 || got["b.go"] != "new" {
		t.Errorf("%v", got)
	}
	if r, err := Open(t.TempDir()).Lock(); r.Finished != 0 || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestUpdateFinishesWhatWasBegun shows the same without a lock, and that files that were
// read as finished can be replaced.
func TestUpdateFinishesWhatWasBegun(t *testing.T) {
	dir := interrupted(t)
	f := Open(dir)
	if data, err := f.Files().Open("b.go"); err != nil {
		t.Fatal(data, err)
	}
	if err := f.Update([]plan.File{{Path: "b.go", Data: []byte("newer")}}, nil); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, dir); len(got) != 2 || got["a.go"] != "new" || got["b.go"] != "newer" {
		t.Errorf("%v", got)
	}
}

// TestChangedSince shows that a change is undone if one of its files was changed after the
// process was killed, which stays as it is: it may have been edited, or git may have
// restored it.
func TestChangedSince(t *testing.T) {
	for name, c := range map[string]struct{ file, text, a, b string }{
		"edited before it was written": {"b.go", "mine", "old", "mine"},
		"edited after it was written":  {"a.go", "mine", "mine", "old"},
		"restored":                     {"a.go", "old", "old", "old"},
		"written by somebody else":     {"b.go", "new", "new", "new"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := interrupted(t)
			put(t, filepath.Join(dir, c.file), c.text)
			read := map[string]string{}
			for _, file := range []string{"a.go", "b.go"} {
				data, err := fs.ReadFile(Open(dir).Files(), file)
				if err != nil {
					t.Fatal(err)
				}
				read[file] = string(data)
			}
			r, err := Open(dir).Lock()
			if undone := len(r.Changed) == 1 && r.Changed[0] == c.file && r.Undone == 1; err != nil || undone == (c.text == "new") {
				t.Errorf("%+v %v", r, err)
			}
			got := tree(t, dir)
			if len(got) != 2 || got["a.go"] != c.a || got["b.go"] != c.b || !maps.Equal(got, read) {
				t.Errorf("%v, read as %v", got, read)
			}
		})
	}
}

// TestOneAtATime shows that only one process can change a folder, that several can read
// it, and that a lock ends with its process.
func TestOneAtATime(t *testing.T) {
	dir := t.TempDir()
	writer, other, reader := Open(dir), Open(dir), Open(dir)
	if _, err := writer.Lock(); err != nil {
		t.Fatal(err)
	}
	_, err := other.Lock()
	refused(t, err, "another outgrow command is running in this folder")
	refused(t, other.Update([]plan.File{{Path: "a.go"}}, nil), "is running in this folder")
	refused(t, reader.Share(), "is running in this folder")
	if err := errors.Join(writer.Update([]plan.File{{Path: "b.go"}}, nil), writer.Unlock(), writer.Unlock()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Share(), reader.Share()); err != nil {
		t.Error(err)
	}
	_, err = writer.Lock()
	refused(t, err, "is running in this folder")
	if err := errors.Join(other.Unlock(), reader.Unlock()); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Lock(); err != nil {
		t.Error(err)
	}
}

// TestLiveStagesAreLeftAlone shows that exactly the stages of ended processes are removed,
// not those that are in use or anything else.
func TestLiveStagesAreLeftAlone(t *testing.T) {
	base := t.TempDir()
	put(t, filepath.Join(base, ".outgrow-notes", "mine"), "mine")
	put(t, filepath.Join(base, aStage, "left"), "left")
	root, err := os.OpenRoot(base)
	if err != nil {
		t.Fatal(err)
	}
	live := &change{root: root, do: real{root}}
	if err := live.newStage(); err != nil {
		t.Fatal(err)
	}
	if err := Open(filepath.Join(base, "shop")).Create(project); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(base).Lock(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{live.stage: true, aStage: false, ".outgrow-notes": true} {
		if got := exists(filepath.Join(base, name)); got != want {
			t.Errorf("%s exists: %t, want %t", name, got, want)
		}
	}
	if err := errors.Join(live.release(), root.Close()); err != nil {
		t.Fatal(err)
	}
	if err := Open(filepath.Join(base, "shop2")).Create(project); err != nil || exists(filepath.Join(base, live.stage)) {
		t.Errorf("%s is left behind: %v", live.stage, err)
	}
}

// TestRecordsAreNotTrusted shows that a forged record changes nothing outside the folder
// or in .git, and that links are not followed.
func TestRecordsAreNotTrusted(t *testing.T) {
	made := plan.Sum([]byte("theirs"))
	one := func(path string) string {
		return fmt.Sprintf(`{"format":1,"entries":[{"path":%q,"after":%q}]}`, path, made)
	}
	for name, c := range map[string]struct{ record, want string }{
		"no record":       {"", "cannot be trusted"},
		"cut short":       {`{"format":1,"entr`, "cannot be trusted"},
		"another form":    {`{"format":2}`, "unknown format 2"},
		"unknown":         {`{"format":1,"run":"rm"}`, "unknown field"},
		"above":           {one("../x"), "cannot be changed"},
		"absolute":        {one("/tmp/x"), "cannot be changed"},
		"roundabout":      {one("a/../../x"), "cannot be changed"},
		"git":             {one(".git/hooks/pre-commit"), "cannot be changed"},
		"git of another":  {one("a/.GIT/config"), "cannot be changed"},
		"git in short":    {one("GIT~1/config"), "cannot be changed"},
		"a stage":         {one(aStage + "/commit"), "cannot be changed"},
		"twice":           {fmt.Sprintf(`{"format":1,"entries":[{"path":"a","after":%q},{"path":"a","after":%q}]}`, made, made), "cannot be changed"},
		"no sum":          {`{"format":1,"entries":[{"path":"a","after":"../../x"}]}`, "cannot be changed"},
		"nothing":         {`{"format":1,"entries":[{"path":"a"}]}`, "cannot be changed"},
		"a folder of all": {`{"format":1,"entries":[{"path":"a/b","after":"` + made + `"}],"made":["c"]}`, "contains no file"},
		"through a link":  {one("link/x"), "link is a symbolic link"},
		"a link":          {one("link"), "link is a symbolic link"},
	} {
		for _, state := range []string{forward, backward} {
			t.Run(name+" "+state, func(t *testing.T) {
				base := t.TempDir()
				dir := filepath.Join(base, "shop")
				put(t, filepath.Join(dir, aStage, state), c.record)
				put(t, filepath.Join(dir, ".git", "HEAD"), "mine")
				put(t, filepath.Join(base, "elsewhere", "mine"), "mine")
				if state == forward {
					put(t, filepath.Join(dir, aStage, "0.new"), "theirs")
				}
				if err := os.Symlink("../elsewhere", filepath.Join(dir, "link")); err != nil {
					t.Fatal(err)
				}
				before := trees(t, base)
				_ = Open(dir).Interrupted()
				_, err := Open(dir).Lock()
				refused(t, err, c.want)
				if after := trees(t, base); !maps.Equal(before, after) {
					t.Errorf("%v, before %v", after, before)
				}
			})
		}
	}
}

// trees is like tree, but also lists links.
func trees(t *testing.T, base string) map[string]string {
	t.Helper()
	all := tree(t, filepath.Join(base, "elsewhere"))
	for _, name := range []string{"shop/.git", "shop/" + aStage} {
		maps.Copy(all, tree(t, filepath.Join(base, name)))
	}
	return all
}

// TestStagesThatAreLinks shows that a link is not a stage.
func TestStagesThatAreLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	put(t, filepath.Join(elsewhere, "mine"), "mine")
	if err := os.Symlink(elsewhere, filepath.Join(dir, aStage)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir).Lock(); err != nil {
		t.Fatal(err)
	}
	if got := tree(t, elsewhere); got["mine"] != "mine" || !exists(filepath.Join(dir, aStage)) {
		t.Errorf("%v", got)
	}
}

// TestTwoThatCreate shows that if two processes create a project in the same place, one
// succeeds and the other changes nothing.
func TestTwoThatCreate(t *testing.T) {
	for _, above := range []string{"", "x/y"} {
		base := t.TempDir()
		dir := filepath.Join(base, filepath.FromSlash(above), "shop")
		second, _ := openFaulty(dir, false, meanwhile(3, func() {
			if err := Open(dir).Create([]plan.File{{Path: "first.go"}}); err != nil {
				t.Error(err)
			}
		}))
		refused(t, second.Create(project), "was created in the meantime; nothing was written")
		entries, err := os.ReadDir(base)
		if got := tree(t, dir); len(got) != 1 || len(entries) != 1 || err != nil {
			t.Errorf("%v, with entries %v %v", got, entries, err)
		}
	}
}

// TestEditsMeanwhileAreKept edits two files before each step of a change of both: the
// edits stay, except at the very moment in which the file is renamed.
func TestEditsMeanwhileAreKept(t *testing.T) {
	names := []string{"a.go", "x/b.go"}
	steps, lost, refusals := 1, 0, 0
	for n := 1; n <= steps; n++ {
		dir := t.TempDir()
		edit := func(text string) {
			for _, name := range names {
				put(t, filepath.Join(dir, name), text)
			}
		}
		edit("old")
		f, taken := openFaulty(dir, false, meanwhile(n, func() { edit("theirs") }))
		err := f.Update([]plan.File{{Path: "a.go", Data: []byte("new")}, {Path: "x/b.go", Data: []byte("new")}}, nil)
		if err != nil {
			refused(t, err, "was changed in the meantime; nothing was written")
			refusals++
		}
		got := tree(t, dir)
		for _, name := range names {
			if got[name] != "theirs" && *taken >= n {
				lost++
			}
		}
		if len(got) != len(names) {
			t.Errorf("before step %d: %v", n, paths(got))
		}
		steps = max(steps, *taken)
	}
	if lost > len(names) || refusals == 0 {
		t.Errorf("%d edits lost in %d steps, %d refusals; want at most one for each file", lost, steps, refusals)
	}
}

// TestModesAreKept shows that a replaced file keeps its permissions, and becomes
// executable if it should be.
func TestModesAreKept(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"secret": 0o600, "all": 0o666, "run": 0o644} {
		put(t, filepath.Join(dir, name), "old")
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := Open(dir).Update([]plan.File{{Path: "secret"}, {Path: "all"}, {Path: "run", Executable: true}}, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"secret": 0o600, "all": 0o666, "run": 0o755} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", name, info.Mode(), err, want)
		}
	}
}
