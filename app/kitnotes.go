package app

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/seal"
)

// kit notes what became of the kit: files that were edited, added or removed, and that it
// is not the one of this command.
func (e *examination) kit() error {
	listed, err := listedSums(e.files)
	if err != nil || !e.recorded {
		return err
	}
	if len(listed) == 0 {
		e.note(SumsFile, "kit-sums", "the list of the kit's checksums is missing, so its files were not compared")
		return nil
	}
	if e.misfit {
		e.note(e.refresh.records.Name(), "kit-version", "kit/ is from another version of outgrow, so derived files were not compared; "+
			"the record says which: "+e.rec.Kit)
	}
	there, err := e.kitFiles()
	if err != nil {
		return err
	}
	gone := goneFolders(listed, there)
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		switch data, ok := there[name]; {
		case !ok && gone[path.Dir(name)]: // noted as a whole
		case !ok:
			e.note(kitFolder+"/"+name, "kit-missing", "this file of the kit was removed")
		case !e.isListed(kitFolder+"/"+name, data, listed[name]):
			e.note(kitFolder+"/"+name, "kit-edited", "this file of the kit was edited; another version of outgrow will replace it")
		}
		delete(there, name)
	}
	for _, folder := range slices.Sorted(maps.Keys(gone)) {
		e.note(kitFolder+"/"+folder, "kit-missing", "this folder of the kit was removed")
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		e.note(kitFolder+"/"+name, "kit-added", "this file was added to the kit; keep what is yours outside of kit/")
	}
	return nil
}

// goneFolders returns the folders of which no listed file is there.
func goneFolders(listed seal.Sums, there map[string][]byte) map[string]bool {
	gone := map[string]bool{}
	for name := range listed {
		gone[path.Dir(name)] = true
	}
	for name := range listed {
		if _, ok := there[name]; ok {
			delete(gone, path.Dir(name))
		}
	}
	return gone
}

// isListed reports whether a file of the kit has the listed checksum, in the module of
// go.mod or of the record: they may disagree.
func (e *examination) isListed(name string, data []byte, sum string) bool {
	return sum == sumOf(name, e.project.Module, data) || sum == sumOf(name, e.rec.Blueprint.Module, data)
}

// kitFiles returns the files in kit/ by their paths there, the list of checksums left out.
func (e *examination) kitFiles() (map[string][]byte, error) {
	there := map[string][]byte{}
	err := fs.WalkDir(e.files, kitFolder, func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == kitFolder {
			return nil
		}
		if err != nil || d.IsDir() || name == SumsFile {
			return err
		}
		data, err := fs.ReadFile(e.files, name)
		there[strings.TrimPrefix(name, kitFolder+"/")] = data
		return err
	})
	return there, err
}

func (e *examination) note(file, rule, message string) {
	f := finding.At(file, rule, message, "")
	f.Note = true
	e.found = append(e.found, f)
}
