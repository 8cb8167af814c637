package app_test

import (
	"context"
	"io/fs"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/app"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// mistakes is a compiler that reports every line with BAD.
func mistakes(_ context.Context, files fs.FS, _ string) (model.Problems, error) {
	var problems model.Problems
	names, err := fs.Glob(files, "*.go")
	for _, name := range names {
		data, _ := fs.ReadFile(files, name)
		for i, line := range strings.Split(string(data), "\n") {
			if strings.Contains(line, "BAD") {
				problems.Add(name+":"+strings.Repeat("1", i+1)+":1", line, "")
			}
		}
	}
	return problems, err
}

func TestOutcome(t *testing.T) {
	there := plan.NewTree([]plan.File{
		{Path: "mine.go", Data: []byte("BAD mine")}, {Path: "derived.go", Data: []byte("BAD before")}, {Path: "gone.go", Data: []byte("BAD gone")},
	})
	for name, c := range map[string]struct {
		change app.Change
		want   string
	}{
		"nothing":         {app.Change{}, ""},
		"as broken":       {app.Change{Files: []plan.File{{Path: "derived.go", Data: []byte("new\nBAD before")}}}, ""},
		"something new":   {app.Change{Files: []plan.File{{Path: "derived.go", Data: []byte("new\nBAD after")}}}, "derived.go:11:1: BAD after"},
		"a file is gone":  {app.Change{Remove: []string{"gone.go"}}, ""},
		"a file is added": {app.Change{Files: []plan.File{{Path: "b.go", Data: []byte("BAD")}, {Path: "a.go", Data: []byte("BAD")}}}, "a.go:1:1: BAD\nb.go:1:1: BAD"},
	} {
		t.Run(name, func(t *testing.T) {
			broken, err := app.Compile(mistakes).Outcome(t.Context(), there, "", c.change)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := broken.Err(); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
