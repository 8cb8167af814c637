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

// MergeYAML returns the text mine with the sections that after has and before has
// not.
type MergeYAML func(mine, before, after []byte) ([]byte, error)

// MergeGo returns the Go files of a project that change so that they have what after
// has otherwise than before, which are scaffolded texts of the file of that name; or
// what must be done by hand instead, a text for each place.
type MergeGo func(there fs.FS, name string, before, after []byte) (changed []plan.File, byHand []string, err error)

// bringing collects what changes in a project, file by file.
type bringing struct {
	*Add
	there   fs.FS
	changed map[string]plan.File
	byHand  ByHand
}

// differ returns the files in which a project of the blueprint after differs from
// what there is, as far as it is due to what it has more than before.
func (a *Add) differ(before, after blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
	was, err := a.new.owned(before)
	if err != nil {
		return nil, err
	}
	is, err := a.new.owned(after)
	if err != nil {
		return nil, err
	}
	old := map[string][]byte{}
	for _, f := range was {
		old[f.Path] = f.Data
	}
	b := bringing{Add: a, there: there, changed: map[string]plan.File{}}
	slices.SortFunc(is, plan.ByPath)
	for _, f := range is {
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
	if len(b.byHand) > 0 {
		return nil, b.byHand
	}
	return b.files(), nil
}

func (b *bringing) files() []plan.File {
	var p plan.Plan
	for _, f := range b.changed {
		_ = p.Add(f) // each path is there once, and is a file's
	}
	return p.Files()
}

// now is the project as it is with what has changed so far.
func (b *bringing) now() fs.FS { return plan.Over(b.there, b.files()) }

// add adds a file that is new.
func (b *bringing) add(f plan.File) error {
	mine, err := fs.ReadFile(b.there, f.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b.changed[f.Path] = f
	case err != nil:
		return err
	case !bytes.Equal(mine, f.Data):
		b.byHand = append(b.byHand, f.Path+" is in the way: give it another name")
	}
	return nil
}

// bring brings what f has otherwise than before.
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
	case gone || path.Ext(f.Path) == ".md":
		return nil // its owner does without; and prose that was edited is his
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

// bringText merges a text line by line or, where lines have moved, by its sections.
func (b *bringing) bringText(f plan.File, before, mine string) error {
	merged, gaps := merge.Lines(before, mine, string(f.Data))
	if ext := path.Ext(f.Path); len(gaps) > 0 && (ext == ".yaml" || ext == ".yml") {
		if sections, err := b.mergeYAML([]byte(mine), []byte(before), f.Data); err == nil {
			merged, gaps = string(sections), nil
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

// lacking tells what a file that was edited lacks.
func lacking(name string, g merge.Gap) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%s was edited; add these lines to it, and try again:", name)
	for _, line := range g.Lines {
		t.WriteString("\n    " + strings.ReplaceAll(line, "\t", "    "))
	}
	return t.String()
}
