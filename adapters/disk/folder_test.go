package disk

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
	"github.com/outgrowkit/outgrow/ports/foldertest"
)

var project = []plan.File{
	{Path: "README.md", Data: []byte("made")},
	{Path: "main.go", Data: []byte("package main\n")},
	{Path: "scripts/test", Data: []byte("#!/bin/sh\n"), Executable: true},
	{Path: "a/b/c.txt", Data: []byte("c")},
}

var projectPaths = []string{"README.md", "a/b/c.txt", "main.go", "scripts/test"}

func TestFolder(t *testing.T) {
	foldertest.Run(t, func(t *testing.T, holds ...string) (ports.Folder, func(name, text string)) {
		dir := t.TempDir()
		for _, name := range holds {
			put(t, filepath.Join(dir, name), "")
		}
		return Open(dir), func(name, text string) {
			put(t, filepath.Join(dir, name), text)
			if text == "" {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// tree returns the contents of all files in a folder and its subfolders, by path.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		within, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		data, err := os.ReadFile(name)
		files[filepath.ToSlash(within)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func paths(files map[string]string) []string { return slices.Sorted(maps.Keys(files)) }

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCreateMakesFoldersAbove(t *testing.T) {
	base := t.TempDir()
	dir := filepath.Join(base, "x", "y", "shop")
	if err := Open(dir).Create(project); err != nil {
		t.Fatal(err)
	}
	if got := paths(tree(t, dir)); !slices.Equal(got, projectPaths) {
		t.Errorf("%v", got)
	}
	if entries, _ := os.ReadDir(base); len(entries) != 1 {
		t.Errorf("%v is left behind", entries)
	}
	if info, err := os.Stat(filepath.Join(dir, "scripts", "test")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("scripts/test is not executable: %v %v", info.Mode(), err)
	}
}

func TestCreateRefusesWhatIsNoFolder(t *testing.T) {
	for name, make := range map[string]func(t *testing.T, dir string){
		"a file instead": func(t *testing.T, dir string) { put(t, dir, "mine") },
		"a link": func(t *testing.T, dir string) {
			if err := os.Symlink(t.TempDir(), dir); err != nil {
				t.Fatal(err)
			}
		},
		"a link to nowhere": func(t *testing.T, dir string) {
			if err := os.Symlink("nowhere", dir); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			dir := filepath.Join(base, "shop")
			make(t, dir)
			err := Open(dir).Create(project)
			var refusal plan.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "shop") {
				t.Errorf("%v, want a refusal that names the folder", err)
			}
			if entries, _ := os.ReadDir(base); len(entries) != 1 {
				t.Errorf("%v is left behind", entries)
			}
		})
	}
}

// TestCreateFailsWhole shows that nothing is left behind if a file cannot be written.
func TestCreateFailsWhole(t *testing.T) {
	impossible := append(slices.Clone(project), plan.File{Path: "main.go/x", Data: []byte("within a file")})
	base := t.TempDir()
	for _, dir := range []string{filepath.Join(base, "x", "shop"), base} {
		if err := Open(dir).Create(impossible); err == nil {
			t.Errorf("%s: it was created", dir)
		}
		if entries, _ := os.ReadDir(base); len(entries) != 0 {
			t.Errorf("%s: %v is left behind", dir, entries)
		}
	}
}

// TestUpdateFailsWhole shows that nothing changes if one file cannot be moved into place.
func TestUpdateFailsWhole(t *testing.T) {
	for name, last := range map[string]plan.File{
		"a folder is there": {Path: "folder", Data: []byte("new")},
		"a file is above":   {Path: "a.go/x", Data: []byte("new")},
		"outside":           {Path: "../x", Data: []byte("new")},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "shop")
			put(t, filepath.Join(dir, "a.go"), "old")
			put(t, filepath.Join(dir, "gone.go"), "old")
			put(t, filepath.Join(dir, "folder", "x"), "old")
			before := tree(t, filepath.Dir(dir))
			err := Open(dir).Update([]plan.File{
				{Path: "a.go", Data: []byte("new")},
				{Path: "b/c/d.go", Data: []byte("new")},
				last,
			}, []string{"gone.go"})
			if err == nil {
				t.Error("it was written")
			}
			if after := tree(t, filepath.Dir(dir)); !maps.Equal(before, after) {
				t.Errorf("%v, before %v", after, before)
			}
			if _, err := os.Stat(filepath.Join(dir, "b")); err == nil {
				t.Error("a folder is left behind")
			}
		})
	}
}

// TestUpdateOfWhatIsGone shows that a file to be removed may already be gone.
func TestUpdateOfWhatIsGone(t *testing.T) {
	if err := Open(t.TempDir()).Update(nil, []string{"gone.go", "no/folder.go"}); err != nil {
		t.Error(err)
	}
}

func TestUpdateRefusesLinks(t *testing.T) {
	elsewhere := t.TempDir()
	put(t, filepath.Join(elsewhere, "theirs.go"), "theirs")
	for _, link := range []string{"a", "a/b", "a/b/theirs.go"} {
		t.Run(link, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, filepath.FromSlash(link))
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				t.Fatal(err)
			}
			to := elsewhere
			if link == "a/b/theirs.go" {
				to = filepath.Join(elsewhere, "theirs.go")
			}
			if err := os.Symlink(to, name); err != nil {
				t.Fatal(err)
			}
			file := plan.File{Path: "a/b/theirs.go", Data: []byte("new")}
			var refusal plan.Refusal
			if err := Open(dir).Update([]plan.File{file}, nil); !errors.As(err, &refusal) {
				t.Errorf("written: %v, want a refusal", err)
			}
			if err := Open(dir).Update(nil, []string{file.Path}); !errors.As(err, &refusal) {
				t.Errorf("removed: %v, want a refusal", err)
			}
			if got := tree(t, elsewhere); got["theirs.go"] != "theirs" {
				t.Errorf("%v", got)
			}
		})
	}
}
