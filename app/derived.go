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

// What is said of files that are derived.
const (
	ruleEdited   = "derived-edited"
	ruleMissing  = "derived-missing"
	ruleStale    = "derived-stale"
	ruleName     = "derived-name"
	generateIt   = "run outgrow generate"
	adviceEdited = "move what you wrote to a file of its own, delete this one and run outgrow generate"
)

// derived reports derived files that are not as they would be derived now, or, where
// nothing can be derived, were edited.
func (e *examination) derived() error {
	if e.failed != nil {
		if err := e.underivable(); err != nil {
			return err
		}
		return e.edited()
	}
	lost, err := e.lockIsLost()
	if err != nil {
		return err
	}
	if lost {
		e.report(lock.File, ruleMissing, "it is missing: the tables that the migrations have made would be given new ones",
			"put back the one that was committed last")
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
			e.report(f.Path, rule, "it is derived, and was edited by hand", adviceEdited)
		case rule == ruleName:
			e.report(f.Path, rule, "it was written by hand, and has the name of a file that is derived", "give it another name")
		case rule == ruleMissing:
			e.report(f.Path, rule, "it is missing, and would be derived", generateIt)
		case f.Path == lock.File:
			e.report(f.Path, ruleStale, "it does not say what domain/ and ports/ do", generateIt+", and commit it")
		default:
			e.report(f.Path, ruleStale, "it is not what follows from domain/ and ports/ any more", generateIt)
		}
	}
	for _, name := range e.d.Remove {
		rule, err := e.differs(name)
		if err != nil {
			return err
		}
		if rule == ruleEdited {
			e.report(name, rule, "nothing is derived for it any more, and it was edited by hand", "keep what you wrote in a file of its own, and delete this one")
			continue
		}
		e.report(name, ruleStale, "nothing is derived for it any more", generateIt+", which removes it")
	}
	return nil
}

// lockIsLost reports whether there is no lock, though something was derived.
func (e *examination) lockIsLost() (bool, error) {
	if e.has(lock.File) {
		return false, nil
	}
	there, err := derivedFiles(e.files)
	return len(there) > 0, err
}

// differs says how a file differs from what is derived.
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

// underivable reports why nothing can be derived, but for what something else was
// reported at. Where the go command has failed, something was, or it is an error.
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
		found = located(e.failed, lock.File, "lock", "correct it, or take the one that was committed last")
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
			e.report(name, rule, "it is derived, and was edited by hand", adviceEdited)
		}
	}
	return nil
}
