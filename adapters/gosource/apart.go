package gosource

import (
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/modfile"
)

// modulesApart returns the other modules whose paths begin with the project's module path:
// those in its folders, and those that its go.mod requires.
func modulesApart(files fs.FS, module string) ([]string, error) {
	var apart []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && name != "." && isLeftOut(d.Name()) {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || d.Name() != moduleFile {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		named := requiredBy(data)
		if path.Dir(name) != "." {
			named = []string{modfile.ModulePath(data)}
		}
		for _, other := range named {
			if strings.HasPrefix(other, module+"/") {
				apart = append(apart, other)
			}
		}
		return nil
	})
	return apart, err
}

// isLeftOut reports whether the go command leaves out a folder of the name, with all
// that is in it.
func isLeftOut(name string) bool {
	return name == "testdata" || name == "vendor" || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
}

// requiredBy returns the modules that a go.mod requires, as far as it can be read.
func requiredBy(data []byte) []string {
	f, err := modfile.ParseLax(moduleFile, data, nil)
	if err != nil {
		return nil
	}
	required := make([]string, len(f.Require))
	for i, r := range f.Require {
		required[i] = r.Mod.Path
	}
	return required
}
