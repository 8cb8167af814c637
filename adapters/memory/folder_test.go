package memory

import (
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
	"github.com/outgrowkit/outgrow/ports/foldertest"
)

func TestFolder(t *testing.T) {
	foldertest.Run(t, func(_ *testing.T, holds ...string) (ports.Folder, func(name, text string)) {
		f := New("folder", holds...)
		return f, func(name, text string) {
			f.files[name] = plan.File{Path: name, Data: []byte(text)}
			if text == "" {
				delete(f.files, name)
			}
		}
	})
}

// TestOver shows that the files below are visible and do not change.
func TestOver(t *testing.T) {
	below := plan.NewTree([]plan.File{{Path: "kept.go"}, {Path: "gone.go"}, {Path: "back.go"}})
	f := Over(below, "shop", "kept.go", "gone.go")
	if err := f.Create([]plan.File{{Path: "main.go"}}); err == nil {
		t.Error("a project was created over another one")
	}
	if err := f.Update([]plan.File{{Path: "new.go"}}, []string{"gone.go", "never.go", "back.go"}); err != nil {
		t.Fatal(err)
	}
	if err := f.Update([]plan.File{{Path: "back.go", Data: []byte("new")}}, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"kept.go": true, "gone.go": false, "new.go": true, "back.go": true} {
		if file, err := f.Files().Open(name); (err == nil) != want {
			t.Errorf("%s: %v %v", name, file, err)
		}
	}
	if got := f.Removed(); !slices.Equal(got, []string{"gone.go"}) {
		t.Errorf("removed %v", got)
	}
	if _, err := below.Open("gone.go"); err != nil {
		t.Error("the files below were changed")
	}
}
