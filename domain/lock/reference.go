package lock

import (
	"fmt"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
)

// refersInForce reports whether rows are held to refer to a row: it is not dropped.
func (i Index) refersInForce() bool { return i.Refers != "" && i.Until == 0 }

// refer records to which rows those of a table refer, by a migration that follows those of
// all tables.
func (a *application) refer(s *model.Service) {
	if s.Keeps == nil {
		return
	}
	r, declared := a.structs[keyOf(a.project, s.Entity)], make([]Index, len(s.Entity.References))
	for at, reference := range s.Entity.References {
		f, _ := s.Entity.Named(reference.Field)      // it was found when the directive was read
		to := a.project.Keeping(reference.To).Entity // likewise
		i := Index{Columns: []string{f.Column}, Refers: a.structs[keyOf(a.project, to)].table}
		if a.project.WithinTenant(s.Entity, reference) {
			i.Columns = append(tenantOf(s.Entity), f.Column)
		}
		s.Entity.References[at].Table, s.Entity.References[at].Constraint = i.Refers, a.indexName(s.Table, i)
		declared[at] = i
		a.allAstray(s.Entity, r, f, reference)
	}
	if a.hold(r, declared, Index.refersInForce) {
		a.next++
	}
}

// allAstray reports a field that cannot refer to an entity in a table that there is: it is new,
// and existing rows are given no key of one.
func (a *application) allAstray(entity *model.Struct, r *record, f model.Field, reference model.Reference) {
	if slices.Contains(a.made, entity) || !entity.Requires(reference) || r.fields[r.find(f.Name)].since < a.first {
		return
	}
	a.problems.Add(reference.Pos, fmt.Sprintf("%s is new in %s, and what existing rows would refer to is not there", f.Name, keyOf(a.project, entity)),
		"make it optional, with a * before its type; or add it without the directive, give each row its value, and declare the reference then")
}

// parseReference parses "references customer customers 2", or "references customer customers 2 until 5".
func (r *record) parseReference(words []string) error {
	return r.held(words, "references COLUMNS TABLE MIGRATION", Index{})
}

// referring returns the indexes by which it is found whether anything refers to what is deleted.
func (a *application) referring(s *model.Struct) []Index {
	all := make([]Index, len(s.References))
	for i, r := range s.References {
		f, _ := s.Named(r.Field) // it was found when the directive was read
		all[i] = Index{Columns: append(tenantOf(s), f.Column)}
	}
	return all
}

// describe gives an index of a table what it was made with, whatever became of entities since.
func (l *Lock) describe(r *record, i *Index) {
	i.Tenant = r.tenantAt(i.Since)
	for _, to := range l.structs {
		if i.Refers != "" && to.table == i.Refers && !to.child {
			own, key := to.keyColumns()
			i.RefersKey, i.RefersTenant, i.RefersOwn = key, to.tenantAt(i.Since), own != ""
		}
	}
}

// tenantAt returns the column of the tenant since a migration, or "": that of the key, or else of
// what is unique together with the key.
func (r *record) tenantAt(version int) string {
	tenant, key := r.keyColumns()
	for _, i := range r.indexes {
		isInForce := i.Since <= version && (i.Until == 0 || i.Until > version)
		if i.Unique && isInForce && len(i.Columns) == 2 && i.Columns[1] == key {
			tenant = i.Columns[0]
		}
	}
	return tenant
}
