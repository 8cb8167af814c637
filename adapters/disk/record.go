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

// The names of a change's record in its stage. Renaming it is what turns one state
// into the next, all at once.
const (
	preparing = "record" // nothing has happened yet
	forward   = "commit" // all of it is to happen
	backward  = "undo"   // none of it is to have happened
	finished  = "done"   // there is nothing left to do
)

// record says what a change does. It stands in the stage before anything happens,
// so that another command can finish what was begun.
type record struct {
	Format  int      `json:"format"`
	Entries []entry  `json:"entries"`
	Made    []string `json:"made,omitempty"` // folders that there were not, outermost first
}

// format is the version of the form of records.
const format = 1

// entry is what a change does to one file. The nth has its files in the stage:
// n.new is what is to be there, n.old a copy of what it replaces, and n.gone what
// was removed.
type entry struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"` // SHA-256 of what there was; "" for nothing
	After  string `json:"after,omitempty"`  // SHA-256 of what is to be; "" for nothing
}

// stageName is what the folders are called in which changes are prepared.
var stageName = regexp.MustCompile(`^\.outgrow-[A-Z2-7]{26}$`)

// largestRecord is how many bytes are read of a record.
const largestRecord = 1 << 24

// readRecord reads the record of a name in a stage. It trusts nothing that could
// reach beyond the folder, or into what git runs.
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
		return fmt.Errorf("format %d is not known", r.Format)
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
			return fmt.Errorf("%q is of no file", made)
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

// isOwn reports whether a path is within the project, and of it: neither git's nor
// a stage.
func isOwn(slashed string) bool {
	if slashed == "." || !fs.ValidPath(slashed) || strings.ContainsAny(slashed, "\\\x00") {
		return false
	}
	return !slices.ContainsFunc(strings.Split(slashed, "/"), func(name string) bool {
		return strings.EqualFold(name, ".git") || strings.EqualFold(name, "git~1") || stageName.MatchString(name)
	})
}

func (r record) text() ([]byte, error) { return json.Marshal(r) }

// staged returns where the nth entry has a file in the stage.
func staged(stage string, n int, kind string) string {
	return filepath.Join(stage, strconv.Itoa(n)+"."+kind)
}
