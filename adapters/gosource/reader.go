// Package gosource reads the plain Go code of a project's domain and ports into a model.
//
// It reads source files from any file system, so that a project can be read before it is
// written. Packages outside the module are read from the compiler's export data, which
// the go command supplies.
package gosource

import (
	"context"
	"errors"
	"fmt"
	"go/token"
	"io/fs"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Reader reads projects.
type Reader struct {
	Language name.Language // for names on the wire, of columns and in paths
}

// Read returns the model of the project with the files, without its components. It runs
// the go command in dir, the folder of the project, which is "" if the project is not on
// disk; it may then import only the standard library. If files cannot be derived, the
// error is model.Problems with all of the reasons. Missing and irregular files are
// refused (plan.Refusal).
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
			err = plan.Refuse(fmt.Errorf("not a project: %w", unread))
		}
		return model.Project{}, err
	}
	hand, err := byHand(files)
	if err != nil {
		return model.Project{}, err
	}
	m := &mapper{loader: l, language: r.Language, structs: map[string]*model.Struct{}, followed: map[token.Pos]bool{}}
	p := model.Project{Module: module, Hand: hand}
	p.Services = m.services()
	m.misplacedStores()
	m.strayDirectives()
	p.Events = m.events()
	return p, m.problems.Err()
}

func modulePath(files fs.FS) (string, error) {
	data, err := fs.ReadFile(files, "go.mod")
	if err != nil {
		return "", plan.Refuse(fmt.Errorf("not a project: %w", err))
	}
	path := modfile.ModulePath(data)
	if path == "" {
		return "", plan.Refuse(errors.New("go.mod has no module directive"))
	}
	if err := module.CheckImportPath(path); err != nil {
		return "", plan.Refuse(fmt.Errorf("go.mod: %.60q is not a valid module path", path))
	}
	return path, nil
}
