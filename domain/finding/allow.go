package finding

import (
	"slices"
	"strings"
)

// Allowance is an exception from a rule that a project makes on purpose.
type Allowance struct {
	Rule   string // one of Allowable
	For    string // a file or folder of the project, or the import path of a package or module
	Reason string
	Line   int // of the record; 0 if it is not from there
}

// Allowable are the rules that can have exceptions: they keep layers apart, code plain, and
// changes whole.
// What breaks another rule does not compile, start, or fit what was derived.
var Allowable = []string{
	"adapter-imports", "app-imports", "domain-imports", "domain-tags", "kit-symbols", "ports-imports",
	"pure-clock", "pure-context", "pure-goroutine", "pure-init", "pure-log", "pure-state",
	"unit-of-work",
}

// Allow returns the findings but for those that are allowed, and a note for each allowance
// in the file that allows nothing.
func Allow(found []Finding, allowed []Allowance, file string) []Finding {
	used := make([]bool, len(allowed))
	left := slices.DeleteFunc(slices.Clone(found), func(f Finding) bool {
		is := false
		for i, a := range allowed {
			if a.covers(f) {
				used[i], is = true, true
			}
		}
		return is
	})
	for i, a := range allowed {
		if !used[i] {
			note := At(Position(file, a.Line, 0), "allow-unused", a.Rule+" is allowed for "+a.For+", which does not break it", "remove the entry")
			note.Note = true
			left = append(left, note)
		}
	}
	return left
}

// covers reports whether the finding is in the file or folder of the allowance, or about
// its package.
func (a Allowance) covers(f Finding) bool {
	within := func(name string) bool { return name == a.For || strings.HasPrefix(name, a.For+"/") }
	return a.Rule == f.Rule && (within(f.File) || within(f.About))
}
