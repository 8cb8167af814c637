// Package sqlstore is what the stores on SQL databases have in common: how values
// become columns, tables of entities, and migrations.
package sqlstore

import (
	"context"
	"reflect"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/bytesize"
)

// Scanner copies the columns of a row, in order, to what dest points to.
type Scanner interface {
	Scan(dest ...any) error
}

// Changer runs a statement that changes rows, and keeps the events if it did.
type Changer interface {
	Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error)
}

// Mapping says how entities of type T, whose keys are of type K, are kept in a table.
type Mapping[T any, K ~[16]byte] struct {
	Entity  string         // what messages call one: "order"
	Key     func(*T) K     // of an entity
	Version func(*T) int64 // of an entity
	Columns func(*T) []any // pointers to the fields, for all columns in order, that of the key first

	// The statements. Their parameters are, in this order: the columns, in Update without
	// that of the key; the key, in List the one after which the page begins; in Update the
	// version that is replaced; in List the limit.
	Insert, Get, Update, Delete, List string

	// InsertMany inserts any number of rows, whose columns are arrays. With it, Postgres
	// inserts rows that are inserted at the same time by one statement; SQLite has no use
	// for it.
	InsertMany string
}

// Table keeps entities of type T, whose keys are of type K. All methods take part in
// the transaction of their context, if there is one.
//
// Each project compiles the methods for each of its entities, and those of the store that
// embeds the table. So they only pass on, and those that take most are not inlined.
type Table[T any, K ~[16]byte] struct{ rows rows }

// NewTable prepares the statements of the table. insert runs that of the mapping.
func NewTable[T any, K ~[16]byte](
	ctx context.Context, p *Preparer, m *Mapping[T, K], insert Changer,
) (*Table[T, K], error) {
	t := &Table[T, K]{rows{
		entity: m.Entity, insert: insert,
		key:     func(entity any) kit.UUID { return kit.UUID(m.Key(entity.(*T))) },
		version: func(entity any) int64 { return m.Version(entity.(*T)) },
		columns: func(entity any) []any { return m.Columns(entity.(*T)) },
	}}
	return t, t.rows.prepare(ctx, p, m.Insert, m.InsertMany, m.Get, m.Update, m.Delete, m.List)
}

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
//
//go:noinline
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	return t.rows.add(ctx, &entity, events)
}

// Get returns the entity with the key; NotFound if there is none.
func (t *Table[T, K]) Get(ctx context.Context, key K) (entity T, err error) {
	err = t.rows.read(ctx, kit.UUID(key), &entity)
	return entity, err
}

// Update replaces the entity with the same key whose version is one less, and keeps
// the events that tell of it; Conflict if it has another version, NotFound if there is none.
//
//go:noinline
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	return t.rows.replace(ctx, &entity, events)
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	return t.rows.delete(ctx, kit.UUID(key), events)
}

// List returns a page of the entities in the order of their keys.
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, t.rows.list, page)
}

// Find returns a page of the entities that a statement selects, in the order of their
// keys. The statement selects all columns in order; its parameters are the arguments,
// the key after which the page begins, and a limit. Rows beyond kit.MaxPageBytes are not kept.
//
//go:noinline
func (t *Table[T, K]) Find(ctx context.Context, s *Statement, page kit.Page, args ...any) (found kit.Listing[T], err error) {
	items := make([]T, 0, min(max(page.Limit, 1), 256))
	next, err := t.rows.find(ctx, s, page, args, func() any {
		items = append(items, *new(T))
		return &items[len(items)-1]
	})
	if err == nil {
		found.Items, found.Next = items, next
	}
	return found, err
}

// Count returns the number that a statement selects.
func (t *Table[T, K]) Count(ctx context.Context, s *Statement, args ...any) (int64, error) {
	return s.count(ctx, args)
}

// Exists reports whether a statement selects anything.
func (t *Table[T, K]) Exists(ctx context.Context, s *Statement, args ...any) (bool, error) {
	return s.exists(ctx, args)
}

// Scan copies a row that has all columns in order to the entity.
func (t *Table[T, K]) Scan(row Scanner, entity *T) error { return t.rows.scan(row, entity) }

// rows are those of a table. Entities are passed as pointers: the compiler makes this
// code once, and not for each type of entity in each package that names its table.
type rows struct {
	entity                    string
	key                       func(entity any) kit.UUID
	version                   func(entity any) int64
	columns                   func(entity any) []any
	insert                    Changer
	get, update, remove, list *Statement
}

// prepare makes the statements, and has those checked that insert runs.
func (r *rows) prepare(ctx context.Context, p *Preparer, insert, insertMany, get, update, remove, list string) error {
	texts := map[**Statement]string{
		new(*Statement): insert, &r.get: get, &r.update: update, &r.remove: remove, &r.list: list,
	}
	if insertMany != "" {
		texts[new(*Statement)] = insertMany
	}
	return p.PrepareAll(ctx, texts)
}

func (r *rows) add(ctx context.Context, entity any, events []kit.Event) error {
	_, err := r.insert.Change(ctx, events, r.columns(entity)...)
	return err
}

// read copies the row with the key to the entity.
func (r *rows) read(ctx context.Context, key kit.UUID, entity any) error {
	found, err := r.get.Row(ctx, func(row Scanner) error { return r.scan(row, entity) }, key)
	if err == nil && !found {
		err = r.notFound(key)
	}
	return err
}

func (r *rows) scan(row Scanner, entity any) error { return row.Scan(r.columns(entity)...) }

func (r *rows) notFound(key kit.UUID) error {
	return kit.Errorf(kit.NotFound, "there is no %s %s", r.entity, key)
}

func (r *rows) replace(ctx context.Context, entity any, events []kit.Event) error {
	key := r.key(entity)
	args := r.columns(entity)[1:]
	args = append(args, key, r.version(entity)-1)
	changed, err := r.update.Change(ctx, events, args...)
	if err == nil && changed == 0 {
		current := reflect.New(reflect.TypeOf(entity).Elem()).Interface()
		if err = r.read(ctx, key, current); err == nil {
			err = kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", r.entity, r.version(current))
		}
	}
	return err
}

func (r *rows) delete(ctx context.Context, key kit.UUID, events []kit.Event) error {
	changed, err := r.remove.Change(ctx, events, key)
	if err == nil && changed == 0 {
		err = r.notFound(key)
	}
	return err
}

// find reads a page into what add returns, a new entity each time, and returns the key
// after which the next page begins, if there is one.
func (r *rows) find(ctx context.Context, s *Statement, page kit.Page, args []any, add func() any) (next kit.UUID, err error) {
	limit := max(page.Limit, 1)
	n, size, more := 0, 0, false
	var last any
	err = s.Rows(ctx, func(row Scanner) error {
		if more = n == limit || size > kit.MaxPageBytes; more {
			return nil
		}
		last = add()
		err := r.scan(row, last)
		n, size = n+1, size+bytesize.Of(last)
		return err
	}, append(args, page.After, limit+1)...) // one more than the page has, to know whether there is a next one
	if more {
		next = r.key(last)
	}
	return next, err
}
