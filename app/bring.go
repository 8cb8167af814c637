package app

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/merge"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// MergeYAML returns the text mine with the sections added that after has and before
// does not have.
type MergeYAML func(mine, before, after []byte) ([]byte, error)

// MergeGo merges the differences between before and after, two scaffolded versions of
// the named file, into the Go files of a project. It returns the files that change, or
// what must be done by hand instead, one text for each place.
type MergeGo func(there fs.FS, name string, before, after []byte) (changed []plan.File, byHand []string, err error)

// bringing collects the changes to a project, file by file.
type bringing struct {
	*Add
	there   fs.FS
	changed map[string]plan.File
	byHand  ByHand
}

// differ merges the differences between scaffolding the blueprint before and the files
// scaffolded after into the project, and returns the files that change.
func (a *Add) differ(before blueprint.Blueprint, after []plan.File, there fs.FS) ([]plan.File, error) {
	was, err := a.new.owned(before)
	if err != nil {
		return nil, err
	}
	old := map[string][]byte{}
	for _, f := range was {
		old[f.Path] = f.Data
	}
	b := bringing{Add: a, there: there, changed: map[string]plan.File{}}
	for _, f := range slices.SortedFunc(slices.Values(after), plan.ByPath) {
		before, had := old[f.Path]
		switch {
		case had && bytes.Equal(before, f.Data):
		case had:
			err = b.bring(f, before)
		default:
			err = b.add(f)
		}
		if err != nil {
			return nil, err
		}
	}
	return b.outcome()
}

// outcome returns the files that change, or what must be done by hand instead.
func (b *bringing) outcome() ([]plan.File, error) {
	if len(b.byHand) > 0 {
		return nil, b.byHand
	}
	return b.files(), nil
}

func (b *bringing) files() []plan.File {
	var p plan.Plan
	for _, f := range b.changed {
		_ = p.Add(f) // cannot fail: each path occurs once
	}
	return p.Files()
}

// now returns the project with the changes so far.
func (b *bringing) now() fs.FS { return plan.Over(b.there, b.files()) }

// add adds a new file.
func (b *bringing) add(f plan.File) error {
	mine, err := fs.ReadFile(b.there, f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.changed[f.Path] = f
	case err != nil:
		return err
	case !bytes.Equal(mine, f.Data):
		b.byHand = append(b.byHand, f.Path+" already exists with other contents; rename it and try again")
	}
	return nil
}

// bring merges the differences between before and f into the project.
func (b *bringing) bring(f plan.File, before []byte) error {
	mine, err := fs.ReadFile(b.now(), f.Path)
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !gone:
		return err
	case !gone && bytes.Equal(mine, f.Data):
		return nil
	case !gone && bytes.Equal(mine, before):
		b.changed[f.Path] = f
		return nil
	case path.Ext(f.Path) == ".go":
		return b.bringGo(f, before)
	case gone:
		return nil // it was deleted on purpose
	case path.Ext(f.Path) == ".md":
		b.bringProse(f, string(before), string(mine))
		return nil
	}
	return b.bringText(f, string(before), string(mine))
}

func (b *bringing) bringGo(f plan.File, before []byte) error {
	files, byHand, err := b.mergeGo(b.now(), f.Path, before, f.Data)
	b.byHand = append(b.byHand, byHand...)
	for _, f := range files {
		b.changed[f.Path] = f
	}
	return err
}

// bringProse merges prose as far as there is a place: nothing depends on the rest.
func (b *bringing) bringProse(f plan.File, before, mine string) {
	if merged := merge.Prose(before, mine, string(f.Data)); merged != mine {
		b.changed[f.Path] = plan.File{Path: f.Path, Data: []byte(merged), Executable: f.Executable}
	}
}

// bringText merges a text line by line or, if that makes no YAML of YAML, by section.
func (b *bringing) bringText(f plan.File, before, mine string) error {
	merged, gaps := merge.Lines(before, mine, string(f.Data))
	if ext := path.Ext(f.Path); (ext == ".yaml" || ext == ".yml") && (len(gaps) > 0 || !b.isWhole(merged, before, f.Data)) {
		sections, err := b.mergeYAML([]byte(mine), []byte(before), f.Data)
		switch {
		case err == nil && b.isWhole(string(sections), before, f.Data):
			merged, gaps = string(sections), nil
		case len(gaps) == 0:
			_, gaps = merge.Lines(before, "", string(f.Data))
		}
	}
	for _, g := range gaps {
		b.byHand = append(b.byHand, lacking(f.Path, g))
	}
	if len(gaps) == 0 && merged != mine {
		b.changed[f.Path] = plan.File{Path: f.Path, Data: []byte(merged), Executable: f.Executable}
	}
	return nil
}

// isWhole reports whether a text is YAML that has every section of after.
func (b *bringing) isWhole(merged, before string, after []byte) bool {
	again, err := b.mergeYAML([]byte(merged), []byte(before), after)
	return err == nil && string(again) == merged
}

// lacking describes the lines that are missing from an edited file.
func lacking(name string, g merge.Gap) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s was edited; add these lines to it and try again:", name)
	for _, line := range g.Lines {
		t.WriteString("\n    " + strings.ReplaceAll(line, "\t", "    "))
	}
	return t.String()
}
