package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/domain/plan"
)

func TestAddRefuses(t *testing.T) {
	for _, path := range []string{"", ".", "..", "../a", "a/../../b", "/a", "a//b", "a/", "./a", "a\\b", "a\x00"} {
		var p plan.Plan
		if err := p.Add(plan.File{Path: path}); err == nil {
			t.Errorf("%q was planned", path)
		}
	}
	var p plan.Plan
	if err := p.Add(plan.File{Path: "a"}, plan.File{Path: "a"}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a file planned twice: %v", err)
	}
	if err := p.Add(plan.File{Path: "..a"}, plan.File{Path: "a.b/c"}); err != nil {
		t.Error(err)
	}
}

func TestAddRefusesFileWithinFile(t *testing.T) {
	for _, paths := range [][]string{{"a", "a/b"}, {"a/b/c", "a/b"}} {
		var p plan.Plan
		err := p.Add(plan.File{Path: paths[0]}, plan.File{Path: paths[1]})
		if err == nil {
			t.Errorf("%v were planned", paths)
		}
	}
}

func TestFilesAreInOrder(t *testing.T) {
	var p plan.Plan
	for _, path := range []string{"b", "a/c", "a/b"} {
		if err := p.Add(plan.File{Path: path}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, f := range p.Files() {
		got = append(got, f.Path)
	}
	if !slices.Equal(got, []string{"a/b", "a/c", "b"}) {
		t.Errorf("%v", got)
	}
}

func TestTree(t *testing.T) {
	tree := plan.NewTree([]plan.File{
		{Path: "main.go", Data: []byte("package main")},
		{Path: "a/b/c.txt", Data: []byte("c")},
		{Path: "a/d.txt"},
	})
	if err := fstest.TestFS(tree, "main.go", "a/b/c.txt", "a/d.txt"); err != nil {
		t.Error(err)
	}
	if err := fstest.TestFS(plan.NewTree(nil)); err != nil {
		t.Error(err)
	}
}

func TestRoom(t *testing.T) {
	files := []plan.File{{Path: "README.md"}, {Path: "main.go"}}
	for _, c := range []struct {
		there []string
		want  string // the refusal; "" for none
		files int
	}{
		{nil, "", 2},
		{[]string{".git", "LICENSE"}, "", 2},
		{[]string{"README.md", "LICENSE-MIT", "licence.txt", "COPYING"}, "", 1},
		{[]string{"readme.MD"}, "", 1},
		{[]string{"README"}, "", 2},
		{[]string{"READMEnot"}, "dir is not empty: it contains READMEnot; choose another folder", 0},
		{[]string{".git", "main.go"}, "dir is not empty: it contains main.go; choose another folder", 0},
		{[]string{"a", "b", "c", "d", "e"}, "dir is not empty: it contains a, b, c and 2 more; choose another folder", 0},
		{[]string{"a\nb"}, `dir is not empty: it contains "a\nb"; choose another folder`, 0},
	} {
		kept, err := plan.Room("dir", c.there, files)
		var refusal plan.Refusal
		switch {
		case c.want == "" && err != nil, c.want != "" && (!errors.As(err, &refusal) || err.Error() != c.want):
			t.Errorf("%q: %v, want %q", c.there, err, c.want)
		case len(kept) != c.files:
			t.Errorf("%q: %d files, want %d", c.there, len(kept), c.files)
		}
	}
}
