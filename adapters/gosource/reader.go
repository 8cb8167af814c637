// Package gosource reads the plain Go of a project's domain and ports, and
// makes a model of it.
//
// It reads source files from any file system, so that a project can be read
// before it is written. What the project imports of others is read from the
// compiler's export data, which the go command supplies.
package gosource

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Reader reads projects.
type Reader struct {
	Language name.Language // what wire, column and path names are made with
}

// Read returns the model of the project whose files are given, without its
// components. The go command is run in dir, the folder of a project that is on
// disk; "" is for a project that is not, which may then import the standard
// library alone. The error is model.Problems for what nothing can be derived
// from, all of it; files that are missing, or are no files, are refused
// (plan.Refusal).
func (r *Reader) Read(ctx context.Context, files fs.FS, dir string) (model.Project, error) {
	module, err := modulePath(files)
	if err != nil {
		return model.Project{}, err
	}
	g, done, err := newGoCommand(files, dir)
	if err != nil {
		return model.Project{}, err
	}
	defer done()
	l := newLoader(files, module)
	if err := l.load(ctx, g); err != nil {
		if unread, ok := errors.AsType[*fs.PathError](err); ok {
			err = plan.Refuse(fmt.Errorf("this is no project: %w", unread))
		}
		return model.Project{}, err
	}
	hand, err := byHand(files)
	if err != nil {
		return model.Project{}, err
	}
	m := &mapper{loader: l, language: r.Language, structs: map[string]*model.Struct{}}
	p := model.Project{Module: module, Hand: hand}
	p.Services = m.services()
	p.Events = m.events()
	return p, m.problems.Err()
}

func modulePath(files fs.FS) (string, error) {
	data, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return "", plan.Refuse(fmt.Errorf("this is no project: %w", err))
	}
	path := modfile.ModulePath(data)
	if path == "" {
		return "", plan.Refuse(errors.New("go.mod names no module"))
	}
	if err := module.CheckImportPath(path); err != nil {
		return "", plan.Refuse(fmt.Errorf("go.mod: Go takes %.60q for no module", path))
	}
	return path, nil
}
