package app

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/seal"
)

// Rules and advice about derived files.
const (
	ruleEdited   = "derived-edited"
	ruleMissing  = "derived-missing"
	ruleStale    = "derived-stale"
	ruleName     = "derived-name"
	generateIt   = "run outgrow generate"
	lockLost     = "the lock is missing, so tables that already have migrations would get new ones"
	restoreIt    = "restore the version that was committed last"
	adviceEdited = "move your changes to a file of your own, delete this one and run outgrow generate"
)

// derived reports derived files that differ from what would be derived now or, if nothing
// can be derived, that were edited.
func (e *examination) derived() error {
	if e.misfit {
		return e.edited() // it was derived by another version
	}
	if e.failed != nil {
		if err := e.underivable(); err != nil {
			return err
		}
		return e.edited()
	}
	lost, err := lockIsLost(e.files)
	if err != nil {
		return err
	}
	if lost {
		e.report(lock.File, ruleMissing, lockLost, restoreIt)
	}
	for _, f := range e.d.Write {
		if e.isGone(f.Path) || lost && !derivedName.MatchString(f.Path) {
			continue
		}
		rule, err := e.differs(f.Path)
		if err != nil {
			return err
		}
		switch {
		case rule == ruleEdited:
			e.report(f.Path, rule, "this derived file was edited by hand", adviceEdited)
		case rule == ruleName:
			e.report(f.Path, rule, "this file was written by hand, but a file with this name is derived", "rename it")
		case rule == ruleMissing:
			e.report(f.Path, rule, "this derived file is missing", generateIt)
		case f.Path == lock.File:
			e.report(f.Path, ruleStale, "the lock does not match domain/ and ports/", generateIt+" and commit it")
		default:
			e.report(f.Path, ruleStale, "this derived file no longer matches domain/ and ports/", generateIt)
		}
	}
	for _, name := range e.d.Remove {
		rule, err := e.differs(name)
		if err != nil {
			return err
		}
		if rule == ruleEdited {
			e.report(name, rule, "this derived file is no longer needed, but was edited by hand", "move your changes to a file of your own, and delete this one")
			continue
		}
		e.report(name, ruleStale, "this derived file is no longer needed", generateIt+", which removes it")
	}
	return nil
}

// lockIsLost reports whether the lock is missing although something was derived.
func lockIsLost(files fs.FS) (bool, error) {
	if _, err := fs.Stat(files, lock.File); !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	there, err := derivedFiles(files)
	return len(there) > 0, err
}

// differs returns the rule for how a file differs from what is derived.
func (e *examination) differs(name string) (rule string, err error) {
	data, err := fs.ReadFile(e.files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ruleMissing, nil
	case err != nil || !derivedName.MatchString(name):
		return ruleStale, err
	}
	switch seal.Of(name, data) {
	case seal.ByHand:
		return ruleName, nil
	case seal.Edited:
		return ruleEdited, nil
	}
	return ruleStale, nil
}

// underivable reports why nothing can be derived, except at positions that already have
// a finding. If the go command failed, there are other findings, or else it is an error.
func (e *examination) underivable() error {
	known := map[string]bool{}
	for _, f := range e.found {
		known[f.Place()] = true
	}
	var found []finding.Finding
	if problems, ok := errors.AsType[model.Problems](e.failed); ok {
		for _, p := range problems {
			found = append(found, finding.At(p.Pos, "derive", p.What, p.Instead))
		}
	} else if strings.HasPrefix(e.failed.Error(), lock.File+":") {
		found = located(e.failed, lock.File, "lock", "fix it, or "+restoreIt)
	} else if len(e.found) == 0 {
		return e.failed
	}
	for _, f := range found {
		if !known[f.Place()] {
			e.found = append(e.found, f)
		}
	}
	return nil
}

// edited reports derived files that were edited.
func (e *examination) edited() error {
	there, err := derivedFiles(e.files)
	if err != nil {
		return err
	}
	for _, name := range there {
		if rule, err := e.differs(name); err != nil {
			return err
		} else if rule == ruleEdited {
			e.report(name, rule, "this derived file was edited by hand", adviceEdited)
		}
	}
	return nil
}
