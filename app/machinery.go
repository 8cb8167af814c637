package app

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/seal"
)

// kitFolder is the folder of a project with its copy of the kit.
const kitFolder = "kit"

// machinery returns the packages of the kit that the code of a project needs.
func (n *New) machinery(module string, code []plan.File) ([]plan.File, error) {
	folders, err := n.kit.Imported(module, code)
	if err != nil {
		return nil, err
	}
	return n.kit.Packages(module, append(folders, "."))
}

// sums returns the checksums of the kit's files in a project of the module, by their
// paths in kit/.
func sums(module string, machinery []plan.File) seal.Sums {
	listed := seal.Sums{}
	for _, f := range machinery {
		listed[strings.TrimPrefix(f.Path, kitFolder+"/")] = sumOf(f.Path, module, f.Data)
	}
	return listed
}

// sumOf returns the SHA-256 of a file of the kit with LF line ends and without the
// module in its import paths, so that a project can be given another module. On a page
// they are of all packages of the project.
func sumOf(name, module string, data []byte) string {
	text := plan.LF(data)
	if path.Ext(name) == ".md" {
		for _, before := range []string{`"`, "`"} {
			text = bytes.ReplaceAll(text, []byte(before+module+"/"), []byte(before))
		}
	} else {
		text = bytes.ReplaceAll(text, []byte(`"`+module+"/"+kitFolder), []byte(`"`+kitFolder))
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// listedSums returns the checksums that a project lists, by the paths of files in kit/.
// It is empty if there is no list.
func listedSums(there fs.FS) (seal.Sums, error) {
	data, err := fs.ReadFile(there, SumsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return seal.ParseSums(data), nil
}

// Fits reports whether the kit of a project is the one that this command carries: code
// that is derived for one kit need not compile with another.
type Fits func(there fs.FS, module string) (bool, error)

// NewFits returns the comparison with the kit.
func NewFits(kit Kit) Fits {
	return func(there fs.FS, module string) (bool, error) {
		listed, err := listedSums(there)
		if err != nil || len(listed) == 0 {
			return true, err
		}
		folders := map[string]bool{}
		for name := range listed {
			if path.Ext(name) == ".go" {
				folders[path.Dir(name)] = true
			}
		}
		own, err := kit.Packages(module, slices.Sorted(maps.Keys(folders)))
		if err != nil {
			return false, nil //nolint:nilerr // the project has a package that this kit does not have
		}
		for _, f := range own {
			name := strings.TrimPrefix(f.Path, kitFolder+"/")
			if sum, ok := listed[name]; ok && sum != sumOf(f.Path, module, f.Data) {
				return false, nil
			}
		}
		return true, nil
	}
}

// misfit is the refusal to change a project whose kit is another one.
func misfit(rec blueprint.Record) error {
	if strings.HasPrefix(rec.Kit, "v") {
		return plan.Refuse(fmt.Errorf("kit/ is from outgrow %s and not from this version; type go run github.com/outgrowkit/outgrow@%s in place of outgrow", rec.Kit, rec.Kit))
	}
	return plan.Refuse(errors.New("kit/ is from another build of outgrow; use the one that made it"))
}

// lackedMachinery returns the files of the kit that a project lacks, and the updated list
// of checksums. Existing files are left alone.
func lackedMachinery(module string, there fs.FS, machinery []plan.File) ([]plan.File, error) {
	var lacked []plan.File
	for _, f := range machinery {
		_, err := fs.Stat(there, f.Path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			lacked = append(lacked, f)
		case err != nil:
			return nil, err
		}
	}
	if len(lacked) == 0 {
		return nil, nil
	}
	listed, err := listedSums(there)
	if err != nil {
		return nil, err
	}
	return append(lacked, plan.File{Path: SumsFile, Data: listed.Union(sums(module, lacked)).Text()}), nil
}
