// Package foldertest is the conformance suite for ports.Folder.
package foldertest

import (
	"errors"
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Open returns a folder that contains empty files with the names, and a function that
// changes it as another process would: it writes a text to a file, or removes the file
// if the text is "".
type Open func(t *testing.T, holds ...string) (folder ports.Folder, others func(name, text string))

var project = []plan.File{
	{Path: "README.md", Data: []byte("made")},
	{Path: "a/b/c.txt", Data: []byte("c")},
	{Path: "main.go", Data: []byte("package main\n")},
}

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("Create", func(t *testing.T) { create(t, open) })
	t.Run("CreateKeepsReadme", func(t *testing.T) { createKeepsReadme(t, open) })
	t.Run("CreateRefuses", func(t *testing.T) { createRefuses(t, open) })
	t.Run("Update", func(t *testing.T) { update(t, open) })
	t.Run("UpdateRefusesWhatChanged", func(t *testing.T) { updateRefusesWhatChanged(t, open) })
	t.Run("UpdateKnowsItsOwn", func(t *testing.T) { updateKnowsItsOwn(t, open) })
}

func create(t *testing.T, open Open) {
	for _, holds := range [][]string{nil, {"LICENSE"}, {"LICENCE-MIT", "COPYING.txt"}} {
		folder, _ := open(t, holds...)
		if err := folder.Create(project); err != nil {
			t.Errorf("%v: %v", holds, err)
			continue
		}
		got := contents(t, folder)
		for _, f := range project {
			if got[f.Path] != string(f.Data) {
				t.Errorf("%v: %s holds %q, want %q", holds, f.Path, got[f.Path], f.Data)
			}
		}
	}
}

func createKeepsReadme(t *testing.T, open Open) {
	for _, readme := range []string{"README.md", "readme.MD"} {
		folder, _ := open(t, readme)
		if err := folder.Create(project); err != nil {
			t.Fatal(err)
		}
		got := contents(t, folder)
		if got["README.md"] != "" || got["main.go"] == "" {
			t.Errorf("next to %s there is %v", readme, got)
		}
	}
}

func createRefuses(t *testing.T, open Open) {
	for _, holds := range []string{"main.go", ".env", "READMEnot", "other"} {
		folder, _ := open(t, "LICENSE", holds)
		before := contents(t, folder)
		err := folder.Create(project)
		var refusal plan.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), holds) {
			t.Errorf("%s: %v, want a refusal that names it", holds, err)
		}
		if after := contents(t, folder); !maps.Equal(before, after) {
			t.Errorf("%s: before %v, after %v", holds, before, after)
		}
	}
	folder, _ := open(t)
	if err := errors.Join(folder.Create(project), folder.Create(project)); err == nil {
		t.Error("a project was created over another one")
	}
}

func update(t *testing.T, open Open) {
	folder, _ := open(t)
	if err := folder.Create(project); err != nil {
		t.Fatal(err)
	}
	err := folder.Update([]plan.File{
		{Path: "main.go", Data: []byte("new")},
		{Path: "x/y.txt", Data: []byte("new")},
	}, []string{"a/b/c.txt", "never.txt"})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"README.md": "made", "main.go": "new", "x/y.txt": "new"}
	if got := contents(t, folder); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// updateRefusesWhatChanged shows that an update is refused if other processes have
// changed, removed or created one of its files since it was looked at.
func updateRefusesWhatChanged(t *testing.T, open Open) {
	for name, c := range map[string]struct{ file, text, refused string }{
		"changed":         {"main.go", "theirs", "main.go"},
		"removed":         {"main.go", "", "main.go"},
		"made":            {"new.go", "theirs", "new.go"},
		"to be removed":   {"a/b/c.txt", "theirs", "a/b/c.txt"},
		"nothing of ours": {"theirs.go", "theirs", ""},
	} {
		t.Run(name, func(t *testing.T) {
			folder, others := open(t)
			if err := folder.Create(project); err != nil {
				t.Fatal(err)
			}
			for _, looked := range []string{"main.go", "a/b/c.txt", "new.go"} {
				_, _ = fs.Stat(folder.Files(), looked) // new.go does not exist
			}
			others(c.file, c.text)
			before := contents(t, folder)
			err := folder.Update([]plan.File{{Path: "main.go", Data: []byte("new")}, {Path: "new.go", Data: []byte("new")}}, []string{"a/b/c.txt"})
			var refusal plan.Refusal
			if c.refused == "" && err != nil {
				t.Fatal(err)
			}
			if c.refused != "" && (!errors.As(err, &refusal) || !strings.Contains(err.Error(), c.refused)) {
				t.Errorf("%v, want a refusal that names %s", err, c.refused)
			}
			if after := contents(t, folder); c.refused != "" && !maps.Equal(before, after) {
				t.Errorf("before %v, after %v", before, after)
			}
		})
	}
}

// updateKnowsItsOwn shows that a file can be written again, but not after another process
// has changed it.
func updateKnowsItsOwn(t *testing.T, open Open) {
	folder, others := open(t)
	if err := folder.Create(project); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1", "2"} {
		if err := folder.Update([]plan.File{{Path: "main.go", Data: []byte(text)}}, nil); err != nil {
			t.Error(err)
		}
	}
	others("main.go", "theirs")
	if err := folder.Update([]plan.File{{Path: "main.go", Data: []byte("3")}}, nil); err == nil {
		t.Error("the change of another process was overwritten")
	}
}

// contents returns the contents of all files in the folder, by path.
func contents(t *testing.T, folder ports.Folder) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(folder.Files(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder.Files(), name)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
