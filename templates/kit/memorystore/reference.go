package memorystore

import (
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// Reference is a field that has the key of an entity of another table.
type Reference[T any] struct {
	Name string // of the field, as errors name it
	Of   string // what messages call the entity
	To   string // the table: see Named
	// Key returns the key, and whether the entity refers to one.
	Key func(*T) (kit.Cursor, bool)
}

// Named gives the table a name by which others refer to its entities.
func (t *Table[T, K]) Named(name string) *Table[T, K] {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	t.db.named(name).of, t.db.named(name).tenantOf, t.db.named(name).ownKeys = t.rows, t.tenantOf, t.ownKeys()
	t.rows.refuse = append(t.rows.refuse, func(tx *transaction, at place, entity any) error {
		if entity != nil {
			return nil
		}
		for _, by := range t.db.named(name).by {
			if by.refers(tx, at) {
				return constraint.Kept(t.mapping.Entity, by.entity, nil)
			}
		}
		return nil
	})
	return t
}

// Refers has the table refuse an entity that refers to one that is not there, as Invalid, and
// the other table keep those that are referred to.
func (t *Table[T, K]) Refers(r Reference[T]) *Table[T, K] {
	t.db.mu.Lock()
	defer t.db.mu.Unlock()
	to := t.db.named(r.To)
	to.by = append(to.by, referrer{t.mapping.Entity, func(tx *transaction, at place) bool {
		for _, entity := range tx.all(t.rows) {
			if key, refers := r.Key(entity.(*T)); refers && to.at(key, t.tenantOf(entity)) == at {
				return true
			}
		}
		return false
	}})
	t.rows.refuse = append(t.rows.refuse, func(tx *transaction, _ place, entity any) error {
		if entity == nil {
			return nil
		}
		key, refers := r.Key(entity.(*T))
		if refers && (to.of == nil || !to.has(tx, key, t.tenantOf(entity))) {
			return constraint.Missing(t.mapping.Entity, constraint.Field{Name: r.Name, Of: r.Of}, nil)
		}
		return nil
	})
	return t
}

// tenantOf returns the tenant of an entity, or "" if there are no tenants.
func (t *Table[T, K]) tenantOf(entity any) string {
	if t.tenant == nil {
		return ""
	}
	return t.tenant(entity.(*T))
}

// ownKeys reports whether keys are those of a tenant: they are no UUIDs, and another one may have
// the same.
func (t *Table[T, K]) ownKeys() bool {
	_, isUUID := rowkey.Arg(*new(K)).(kit.UUID)
	return t.tenant != nil && !isUUID
}

// namedRows are the rows of a table that others refer to; of is nil until there is a table.
type namedRows struct {
	of       *rows
	tenantOf func(entity any) string
	ownKeys  bool
	by       []referrer
}

// at returns where the entity is to which one of a tenant refers.
func (n *namedRows) at(key kit.Cursor, tenant string) place {
	if !n.ownKeys {
		tenant = ""
	}
	return place{tenant, key}
}

// has reports whether there is an entity with the key, of the tenant if it has one.
func (n *namedRows) has(tx *transaction, key kit.Cursor, tenant string) bool {
	kept := tx.get(n.of, n.at(key, tenant))
	return kept != nil && (n.tenantOf(kept) == "" || n.tenantOf(kept) == tenant)
}

// referrer is a table whose entities refer to those of another.
type referrer struct {
	entity string
	refers func(tx *transaction, at place) bool // to what is there
}

// named returns the rows of the table with the name.
func (db *DB) named(name string) *namedRows {
	if db.tables == nil {
		db.tables = map[string]any{}
	}
	rows, ok := db.tables[name].(*namedRows)
	if !ok {
		rows = &namedRows{}
		db.tables[name] = rows
	}
	return rows
}
