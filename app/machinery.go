package app

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

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

// sums returns the list of checksums of the kit's files, computed with LF line ends.
func sums(machinery []plan.File) plan.File {
	var b bytes.Buffer
	for _, f := range slices.SortedFunc(slices.Values(machinery), plan.ByPath) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(plan.LF(f.Data)), strings.TrimPrefix(f.Path, kitFolder+"/"))
	}
	return plan.File{Path: SumsFile, Data: b.Bytes()}
}

// lackedMachinery returns the files of the kit that a project lacks, and the updated list
// of checksums. Existing files are left alone.
func lackedMachinery(there fs.FS, machinery []plan.File) ([]plan.File, error) {
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
	before, err := fs.ReadFile(there, SumsFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return append(lacked, plan.File{Path: SumsFile, Data: seal.UnionList(before, sums(lacked).Data)}), nil
}
