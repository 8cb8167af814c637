// Package foldertest is what every ports.Folder must do.
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

// Open returns a folder that holds empty files of the names.
type Open func(t *testing.T, holds ...string) ports.Folder

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
}

func create(t *testing.T, open Open) {
	for _, holds := range [][]string{nil, {"LICENSE"}, {"LICENCE-MIT", "COPYING.txt"}} {
		folder := open(t, holds...)
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
		folder := open(t, readme)
		if err := folder.Create(project); err != nil {
			t.Fatal(err)
		}
		got := contents(t, folder)
		if got["README.md"] != "" || got["main.go"] == "" {
			t.Errorf("beside %s there is %v", readme, got)
		}
	}
}

func createRefuses(t *testing.T, open Open) {
	for _, holds := range []string{"main.go", ".env", "READMEnot", "other"} {
		folder := open(t, "LICENSE", holds)
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
	folder := open(t)
	if err := errors.Join(folder.Create(project), folder.Create(project)); err == nil {
		t.Error("a project was made where there is one")
	}
}

func update(t *testing.T, open Open) {
	folder := open(t)
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

// contents returns what the files of the folder hold, by path.
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
