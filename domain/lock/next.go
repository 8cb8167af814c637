package lock

import (
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// givesNumbers reports whether numbers come from it: it is not dropped.
func (i Index) givesNumbers() bool { return i.Next && i.Until == 0 }

// numbers records the columns for which methods of the store return numbers, and reports whether
// anything is new: what numbers come from is dropped by the next migration without the method. One
// that is written by hand now may still use it.
func (a *application) numbers(s *model.Service, r *record) (changed bool) {
	var declared []Index
	for _, m := range s.Keeps.Methods {
		q, _ := query.Of(m, s.Entity, &model.Problems{}) // problems are reported when the method is derived
		if next := nextOf(q.Next); q.Kind == query.Next && (r.holds(next) || !a.project.IsByHand(s.Keeps.Name+"."+m.Name)) {
			declared = append(declared, next)
		}
	}
	return a.hold(r, declared, Index.givesNumbers)
}

// nameNumbers gives fields the names of what numbers for them come from.
func (a *application) nameNumbers() {
	for _, s := range a.project.Services {
		if s.Keeps == nil {
			continue
		}
		r := a.structs[keyOf(a.project, s.Entity)]
		for i, f := range s.Entity.Fields {
			if next := nextOf(f); r.holds(next) {
				s.Entity.Fields[i].Source = a.indexName(s.Table, next)
			}
		}
	}
}

// nextOf returns what numbers for a field come from.
func nextOf(f model.Field) Index { return Index{Columns: []string{f.Column}, Next: true} }

// parseNext parses "next number 2", or "next number 2 until 5".
func (r *record) parseNext(words []string) error {
	if err := r.held(words, "next COLUMN MIGRATION", Index{Next: true}); err != nil {
		return err
	}
	return check(nameForm, words[1])
}
