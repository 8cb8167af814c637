package app

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Compile returns the compile errors in a project, including its tests. It may run the
// go command in dir.
type Compile func(ctx context.Context, files fs.FS, dir string) (model.Problems, error)

// Change is the change that a command is about to make to a project.
type Change struct {
	Files  []plan.File
	Remove []string
}

// Broken is the compile errors that a change would cause. Nothing was written.
type Broken model.Problems

// Error returns a line for each of the first few errors.
func (b Broken) Error() string {
	const most = 10 // further errors mostly have the same cause
	if len(b) <= most {
		return model.Problems(b).Error()
	}
	return fmt.Sprintf("%s\nand %d more", model.Problems(b[:most]).Error(), len(b)-most)
}

// Err returns b sorted by position, or nil if it is empty.
func (b Broken) Err() error {
	sorted, ok := model.Problems(b).Err().(model.Problems) //nolint:errorlint // it is never wrapped
	if !ok {
		return nil
	}
	return Broken(sorted)
}

// Outcome returns the compile errors that the change would add to the project. Errors
// that already exist, as in code that is being edited, do not count.
func (c Compile) Outcome(ctx context.Context, there fs.FS, dir string, change Change) (Broken, error) {
	after, err := c(ctx, plan.Outcome(there, change.Files, change.Remove), dir)
	if err != nil || len(after) == 0 {
		return nil, err
	}
	before, err := c(ctx, there, dir)
	if err != nil {
		return nil, err
	}
	known := map[model.Problem]bool{}
	for _, p := range before {
		known[unplaced(p)] = true
	}
	return Broken(slices.DeleteFunc(after, func(p model.Problem) bool { return known[unplaced(p)] })), nil
}

// within returns the errors in the files that the change writes.
func (b Broken) within(change Change) Broken {
	return slices.DeleteFunc(slices.Clone(b), func(p model.Problem) bool {
		return !slices.ContainsFunc(change.Files, func(f plan.File) bool { return f.Path == fileOf(p) })
	})
}

// unplaced returns the problem without its position in the file, which may move.
func unplaced(p model.Problem) model.Problem {
	p.Pos = fileOf(p)
	return p
}

func fileOf(p model.Problem) string {
	file, _, _ := strings.Cut(p.Pos, ":")
	return file
}
