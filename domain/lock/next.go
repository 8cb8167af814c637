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
		if next := nextOf(s.Entity, q.Next); q.Kind == query.Next && (r.holds(next) || !a.project.IsByHand(s.Keeps.Name+"."+m.Name)) {
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
			if next := nextOf(s.Entity, f); r.holds(next) {
				s.Entity.Fields[i].Source = a.indexName(s.Table, next)
			}
		}
	}
}

// nextOf returns what numbers for a field come from, for each tenant if there are tenants.
func nextOf(entity *model.Struct, f model.Field) Index {
	return Index{Columns: append(tenantOf(entity), f.Column), Next: true}
}

// parseNext parses "next number 2", "next tenant,number 2", or "next number 2 until 5".
func (r *record) parseNext(words []string) error {
	return r.held(words, "next COLUMNS MIGRATION", Index{Next: true})
}
