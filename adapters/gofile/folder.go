package gofile

import (
	"path"

	"github.com/outgrowkit/outgrow/domain/model"
)

// In returns an empty file in any folder of the project, whose package may have another
// name than the folder, such as that of its external tests.
func In(p model.Project, folder, pkg, name string) *File {
	return &File{
		Path:    path.Join(folder, name),
		module:  p.Module,
		pkg:     p.Module + "/" + path.Join(path.Dir(folder), pkg),
		taken:   func(name string) bool { return p.Hand[pkg+"."+name] },
		imports: map[string]string{},
	}
}
