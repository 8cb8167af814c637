package disk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The names of a change's record in its stage. Renaming it moves the change from one state
// to the next atomically.
const (
	preparing = "record" // nothing has happened yet
	forward   = "commit" // the change must be completed
	backward  = "undo"   // the change must be undone
	finished  = "done"   // nothing is left to do
)

// record describes a change. It is written to the stage before anything happens, so that
// another command can finish the change.
type record struct {
	Format  int      `json:"format"`
	Entries []entry  `json:"entries"`
	Made    []string `json:"made,omitempty"` // new folders, outermost first
}

// format is the version of the record format.
const format = 1

// entry is the change of one file. The nth entry has files in the stage: n.new is the new
// file, n.old a copy of the file that it replaces, and n.gone the file that was removed.
type entry struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"` // SHA-256 of the old file; "" for none
	After  string `json:"after,omitempty"`  // SHA-256 of the new file; "" for none
}

// stageName matches the names of stages, the folders in which changes are prepared.
var stageName = regexp.MustCompile(`^\.outgrow-[A-Z2-7]{26}$`)

// largestRecord is the number of bytes that are read from a record.
const largestRecord = 1 << 24

// readRecord reads the record with the name in a stage. It accepts no path that leads out
// of the folder or into .git, where git would run it.
func readRecord(root *os.Root, name string) (record, error) {
	var r record
	f, err := root.Open(name)
	if err != nil {
		return r, err
	}
	data, err := io.ReadAll(io.LimitReader(f, largestRecord))
	if err := errors.Join(err, f.Close()); err != nil {
		return r, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, err
	}
	return r, r.validate()
}

var sum = regexp.MustCompile(`^[0-9a-f]{64}$`)

func (r record) validate() error {
	if r.Format != format {
		return fmt.Errorf("unknown format %d", r.Format)
	}
	paths := map[string]bool{}
	for _, e := range r.Entries {
		valid := e.Before != "" || e.After != ""
		for _, s := range []string{e.Before, e.After} {
			valid = valid && (s == "" || sum.MatchString(s))
		}
		if !valid || paths[e.Path] || !isOwn(e.Path) {
			return fmt.Errorf("%q cannot be changed", e.Path)
		}
		paths[e.Path] = true
	}
	folders := foldersOf(r.paths())
	for _, made := range r.Made {
		if !slices.Contains(folders, filepath.FromSlash(made)) {
			return fmt.Errorf("%q contains no file", made)
		}
	}
	return nil
}

func (r record) paths() []string {
	paths := make([]string, len(r.Entries))
	for i, e := range r.Entries {
		paths[i] = e.Path
	}
	return paths
}

// isOwn reports whether a path is in the project, and not in .git or a stage.
func isOwn(slashed string) bool {
	if slashed == "." || !fs.ValidPath(slashed) || strings.ContainsAny(slashed, "\\\x00") {
		return false
	}
	return !slices.ContainsFunc(strings.Split(slashed, "/"), func(name string) bool {
		return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1") || stageName.MatchString(name)
	})
}

func (r record) text() ([]byte, error) { return json.Marshal(r) }

// staged returns the path of a file of the nth entry in the stage.
func staged(stage string, n int, kind string) string {
	return filepath.Join(stage, strconv.Itoa(n)+"."+kind)
}
