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

// Compile returns what the compiler would refuse in the project of the files, its
// tests included. The go command may be run in dir.
type Compile func(ctx context.Context, files fs.FS, dir string) (model.Problems, error)

// Change is what a command is going to do to a project.
type Change struct {
	Files  []plan.File
	Remove []string
}

// Broken is what would not compile any more. Nothing was written.
type Broken model.Problems

// Error returns a line for each.
func (b Broken) Error() string {
	const most = 10 // what follows is mostly of the same cause
	if len(b) <= most {
		return model.Problems(b).Error()
	}
	return fmt.Sprintf("%s\nand %d more", model.Problems(b[:most]).Error(), len(b)-most)
}

// Err returns b in the order of the positions, and nil where there is nothing.
func (b Broken) Err() error {
	sorted, ok := model.Problems(b).Err().(model.Problems) //nolint:errorlint // it is never wrapped
	if !ok {
		return nil
	}
	return Broken(sorted)
}

// Outcome returns what would not compile in the project, once it is changed, and
// is not already as broken: what its owner is in the midst of hinders nobody.
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

// within returns what is in the files that are written.
func (b Broken) within(change Change) Broken {
	return slices.DeleteFunc(slices.Clone(b), func(p model.Problem) bool {
		return !slices.ContainsFunc(change.Files, func(f plan.File) bool { return f.Path == fileOf(p) })
	})
}

// unplaced returns the problem without its place in the file, which moves.
func unplaced(p model.Problem) model.Problem {
	p.Pos = fileOf(p)
	return p
}

func fileOf(p model.Problem) string {
	file, _, _ := strings.Cut(p.Pos, ":")
	return file
}
