package gofile

import (
	"path"

	"github.com/outgrowkit/outgrow/domain/model"
)

// In returns an empty file in a folder of the project that is no adapter's, or of
// another package than the folder's name says, such as its tests'.
func In(p model.Project, folder, pkg, name string) *File {
	return &File{
		Path:    path.Join(folder, name),
		module:  p.Module,
		pkg:     p.Module + "/" + path.Join(path.Dir(folder), pkg),
		taken:   func(name string) bool { return p.Hand[pkg+"."+name] },
		imports: map[string]string{},
	}
}
