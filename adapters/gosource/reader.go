// Package gosource reads the plain Go code of a project's domain and ports into a model.
//
// It reads source files from any file system, so that a project can be read before it is
// written. Packages outside the module are read from the compiler's export data, which
// the go command supplies.
package gosource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"

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
	module, err := modulePath(files, dir)
	if err != nil {
		return model.Project{}, err
	}
	g, done, err := newGoCommand(files, dir)
	if err != nil {
		return model.Project{}, err
	}
	defer done()
	l := newLoader(files, module)
	if err := cmp.Or(l.linked(), l.misplacedPorts()); err != nil {
		return model.Project{}, err
	}
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
	m := &mapper{loader: l, language: r.Language, hand: hand, structs: map[string]*model.Struct{}, followed: map[token.Pos]bool{}, lists: map[listSaid]token.Pos{}}
	p := model.Project{Module: module, Hand: hand}
	p.Services = m.services()
	p.Reads = m.reads()
	m.strayDirectives()
	p.Events = m.events()
	m.rules()
	if len(m.problems) > 0 {
		m.problems = append(m.problems, p.Unwritten()...)
	}
	return p, m.problems.Err()
}

// modulePath returns the path of the project's module. It refuses layouts that are not
// those of a project.
func modulePath(files fs.FS, dir string) (string, error) {
	data, err := fs.ReadFile(files, moduleFile)
	if errors.Is(err, fs.ErrNotExist) {
		if above := moduleAbove(dir); above != "" {
			return "", plan.Refuse(fmt.Errorf("this folder belongs to the module of %s, and a project is a module of its own: "+
				"run go mod init here, or move go.mod and go.sum here", above))
		}
	}
	if err != nil {
		return "", plan.Refuse(fmt.Errorf("not a project: %w", err))
	}
	for _, root := range []string{"domain", "ports"} {
		if !isFolder(files, root) && isFolder(files, "internal/"+root) {
			return "", plan.Refuse(fmt.Errorf("%s/ is below internal/; domain/, ports/, app/ and adapters/ must be beside go.mod", root))
		}
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

// moduleAbove returns the go.mod file, relative to dir, of the module that dir belongs
// to if it has none itself, or "".
func moduleAbove(dir string) string {
	if dir == "" {
		return ""
	}
	above := ".."
	for folder := filepath.Dir(dir); ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, moduleFile)); err == nil {
			return filepath.Join(above, moduleFile)
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
		above = filepath.Join(above, "..")
	}
}

func isFolder(files fs.FS, name string) bool {
	info, err := fs.Stat(files, name)
	return err == nil && info.IsDir()
}
