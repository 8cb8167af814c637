// Package sqlstore is what the stores on SQL databases have in common: how values
// become columns, tables of entities, and migrations.
package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/bytesize"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
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
type Mapping[T any, K comparable] struct {
	Entity  string         // what messages call one: "order"
	Key     func(*T) K     // of an entity
	Version func(*T) int64 // of an entity; nil if it has none
	Columns func(*T) []any // pointers to the fields, for all columns in order, that of the key first

	// KeyField is what errors name the field of the key; "" is ID.
	KeyField string

	// The statements. Their parameters are, in this order: the columns, in Update without
	// that of the key; the tenant, if there are any, but not in Insert; the key, in List the
	// one after which the page begins; in Update the version that is replaced, if there are
	// versions; in List the limit.
	Insert, Get, Update, Delete, List string

	// Tenant and Owned are those of this package if each entity has a tenant, or else nil.
	Tenant func(ctx context.Context) any
	Owned  func(ctx context.Context, entity *T) error // why it cannot be kept for the tenant of ctx

	// Refused says more of the error of a change, a removal if entity is nil; nil says nothing.
	Refused func(ctx context.Context, entity *T, isNew bool, err error) error

	// InsertMany inserts any number of rows, whose columns are arrays. With it, Postgres
	// inserts rows that are inserted at the same time by one statement; SQLite has no use
	// for it.
	InsertMany string
}

// Table keeps entities of type T, whose keys are of type K. All methods take part in
// the transaction of their context, if there is one.
type Table[T any, K comparable] struct {
	mapping                   *Mapping[T, K]
	insert                    Changer
	get, update, remove, list *Statement
}

// NewTable prepares the statements of the table. insert runs that of the mapping.
func NewTable[T any, K comparable](
	ctx context.Context, p *Preparer, m *Mapping[T, K], insert Changer,
) (*Table[T, K], error) {
	m.KeyField = cmp.Or(m.KeyField, "ID")
	if m.Refused == nil {
		m.Refused = func(_ context.Context, _ *T, _ bool, err error) error { return err }
	}
	if m.Owned == nil {
		m.Tenant = func(context.Context) any { return nil }
		m.Owned = func(context.Context, *T) error { return nil }
	}
	t := &Table[T, K]{mapping: m, insert: insert}
	texts := map[**Statement]string{
		new(*Statement): m.Insert, &t.get: m.Get, &t.update: m.Update, &t.remove: m.Delete, &t.list: m.List,
	}
	if m.InsertMany != "" {
		texts[new(*Statement)] = m.InsertMany
	}
	return t, p.PrepareAll(ctx, texts)
}

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	if err := cmp.Or(t.mapping.Owned(ctx, &entity), t.fits(t.mapping.Key(&entity))); err != nil {
		return err
	}
	_, err := t.insert.Change(ctx, events, t.mapping.Columns(&entity)...)
	return t.mapping.Refused(ctx, &entity, true, err)
}

// fits returns why there can be no entity with the key.
func (t *Table[T, K]) fits(key K) error {
	return rowkey.Fits(t.mapping.Entity, t.mapping.KeyField, key)
}

// Args returns the arguments of a statement that selects entities, with the tenant before them
// if there are tenants.
func (t *Table[T, K]) Args(ctx context.Context, args ...any) []any {
	if tenant := t.mapping.Tenant(ctx); tenant != nil {
		return append([]any{tenant}, args...)
	}
	return args
}

// Get returns the entity with the key; NotFound if there is none.
func (t *Table[T, K]) Get(ctx context.Context, key K) (T, error) {
	entity, err := t.current(ctx, key)
	if err != nil {
		return *new(T), err
	}
	t.saw(ctx, &entity)
	return entity, nil
}

// current is Get for the table itself.
func (t *Table[T, K]) current(ctx context.Context, key K) (entity T, err error) {
	if t.fits(key) != nil { // which a database might not even compare
		return entity, t.notFound(key)
	}
	found, err := t.get.Row(ctx, func(row Scanner) error { return t.Scan(row, &entity) }, t.Args(ctx, rowkey.Arg(key))...)
	if err == nil && !found {
		err = t.notFound(key)
	}
	return entity, err
}

// saw notes that the transaction of ctx has read an entity.
func (t *Table[T, K]) saw(ctx context.Context, entity *T) {
	if t.mapping.Version != nil {
		scope.Saw(ctx, t.mapping, t.mapping.Tenant(ctx), t.mapping.Key(entity), t.mapping.Version(entity))
	}
}

func (t *Table[T, K]) notFound(key K) error {
	return kit.Errorf(kit.NotFound, "there is no %s %.255s", t.mapping.Entity, rowkey.Text(key))
}

// Update replaces the entity with the same key whose version is one less or, in a
// transaction that has read it, that which was read, and keeps the events that tell of it.
// Conflict if it has another version, NotFound if there is none. Without versions it
// replaces whatever is there.
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	key := t.mapping.Key(&entity)
	if t.fits(key) != nil {
		return t.notFound(key)
	}
	if err := t.mapping.Owned(ctx, &entity); err != nil {
		return err
	}
	args := t.mapping.Columns(&entity)[1:]
	args = append(args, t.Args(ctx, rowkey.Arg(key))...)
	if t.mapping.Version != nil {
		args = append(args, scope.Replaced(ctx, t.mapping, t.mapping.Tenant(ctx), key, t.mapping.Version(&entity)))
	}
	changed, err := t.update.Change(ctx, events, args...)
	if changed > 0 && err == nil {
		t.saw(ctx, &entity)
	}
	if err != nil || changed > 0 {
		return t.mapping.Refused(ctx, &entity, false, err)
	}
	if t.mapping.Version == nil {
		return t.notFound(key)
	}
	current, err := t.current(ctx, key)
	if err == nil {
		err = kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", t.mapping.Entity, t.mapping.Version(&current))
	}
	return err
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	if t.fits(key) != nil {
		return t.notFound(key)
	}
	changed, err := t.remove.Change(ctx, events, t.Args(ctx, rowkey.Arg(key))...)
	if err == nil && changed == 0 {
		err = t.notFound(key)
	}
	return t.mapping.Refused(ctx, nil, false, err)
}

// List returns a page of the entities in the order of their keys.
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, t.list, page)
}

// Find returns a page of the entities that a statement selects, in the order of their
// keys. The statement selects all columns in order; its parameters are those of Args,
// the key after which the page begins, and a limit. Rows beyond kit.MaxPageBytes are not kept.
func (t *Table[T, K]) Find(ctx context.Context, s *Statement, page kit.Page, args ...any) (kit.Listing[T], error) {
	after, err := rowkey.After[K](page.After)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	return t.page(ctx, s, max(page.Limit, 1), t.Args(ctx, append(args, after)...)...)
}

// page is Find, with all parameters but the limit.
func (t *Table[T, K]) page(ctx context.Context, s *Statement, limit int, args ...any) (found kit.Listing[T], err error) {
	items, size := make([]T, 0, min(limit, 256)), 0
	err = s.Rows(ctx, func(row Scanner) error {
		if len(items) == limit || size > kit.MaxPageBytes {
			found.Next = kit.CursorOf(t.mapping.Key(&items[len(items)-1]))
			return nil
		}
		items = append(items, *new(T))
		last := &items[len(items)-1]
		err := t.Scan(row, last)
		t.saw(ctx, last)
		size += bytesize.Of(last)
		return err
	}, append(args, limit+1)...) // one more than the page has, to know whether there is a next one
	if err != nil {
		return kit.Listing[T]{}, err
	}
	found.Items = items
	return found, nil
}

// Count returns the number that a statement selects.
func (t *Table[T, K]) Count(ctx context.Context, s *Statement, args ...any) (n int64, err error) {
	_, err = s.Row(ctx, func(row Scanner) error { return row.Scan(&n) }, t.Args(ctx, args...)...)
	return n, err
}

// Exists reports whether a statement selects anything.
func (t *Table[T, K]) Exists(ctx context.Context, s *Statement, args ...any) (bool, error) {
	return s.Row(ctx, func(Scanner) error { return nil }, t.Args(ctx, args...)...)
}

// Scan copies a row that has all columns in order to the entity. The error for what a field
// does not take names the table, the key and the column.
func (t *Table[T, K]) Scan(row Scanner, entity *T) error {
	err := row.Scan(t.mapping.Columns(entity)...)
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	key, table := rowkey.Text(t.mapping.Key(entity)), strings.Fields(t.mapping.Insert)[2]
	return kit.Wrap(kit.Internal, err, fmt.Sprintf("cannot read the %s %s from the table %s", t.mapping.Entity, key, table))
}
