package plan_test

import (
	"io/fs"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
)

func TestOver(t *testing.T) {
	there := plan.NewTree([]plan.File{
		{Path: "a/old.txt", Data: []byte("old")}, {Path: "a/same.txt", Data: []byte("below")}, {Path: "c/d.txt"},
	})
	over := plan.Over(there, []plan.File{
		{Path: "a/same.txt", Data: []byte("above")}, {Path: "a/b/new.txt", Data: []byte("new")}, {Path: "top.txt"},
	})
	for name, want := range map[string]string{"a/old.txt": "old", "a/same.txt": "above", "a/b/new.txt": "new", "c/d.txt": "", "top.txt": ""} {
		if got, err := fs.ReadFile(over, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	var walked []string
	err := fs.WalkDir(over, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			walked = append(walked, name)
		}
		return err
	})
	if err != nil || len(walked) != 5 {
		t.Errorf("%v, %v; want 5 files", walked, err)
	}
	if _, err := fs.ReadFile(over, "none"); err == nil {
		t.Error("a file that does not exist was read")
	}
	if _, err := fs.ReadDir(over, "none"); err == nil {
		t.Error("a folder that does not exist was read")
	}
}

func TestOutcome(t *testing.T) {
	there := plan.NewTree([]plan.File{{Path: "a/gone.txt"}, {Path: "a/kept.txt"}, {Path: "a/both.txt"}})
	after := plan.Outcome(there, []plan.File{{Path: "b/new.txt"}, {Path: "a/both.txt"}}, []string{"a/gone.txt", "a/both.txt", "never.txt"})
	for name, want := range map[string]bool{"a/gone.txt": false, "a/kept.txt": true, "a/both.txt": true, "b/new.txt": true, "never.txt": false} {
		if _, err := fs.ReadFile(after, name); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %t", name, err, want)
		}
	}
	if entries, err := fs.ReadDir(after, "a"); err != nil || len(entries) != 2 {
		t.Errorf("a holds %v, %v; want both.txt and kept.txt", entries, err)
	}
}
