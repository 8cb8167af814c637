package memorystore

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Table keeps entities. All methods take part in the transaction of their
// context, if there is one.
type Table[E any] struct {
	db      *DB
	rows    *keyedShelf[kit.UUID, E]
	subject string
	id      func(E) kit.UUID
	version func(E) int64
	clone   func(E) E
}

// NewTable returns an empty table. The subject names an entity in messages, such
// as "order". clone must copy everything that can be changed through a copy.
func NewTable[E any](db *DB, subject string, id func(E) kit.UUID, version func(E) int64, clone func(E) E) *Table[E] {
	return &Table[E]{
		db: db, rows: newKeyedShelf[kit.UUID, E](db), subject: subject, id: id, version: version, clone: clone,
	}
}

// Insert keeps a new entity and the events that tell of it; AlreadyExists if
// there is one of the same ID.
func (t *Table[E]) Insert(ctx context.Context, e E, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		_, found, err := t.rows.get(ctx, t.id(e))
		if err != nil {
			return err
		}
		if found {
			return kit.Errorf(kit.AlreadyExists, "there is already a %s %s", t.subject, t.id(e))
		}
		return t.put(ctx, e, events)
	})
}

func (t *Table[E]) put(ctx context.Context, e E, events []kit.Event) error {
	if err := t.rows.put(ctx, t.id(e), t.clone(e)); err != nil {
		return err
	}
	return t.db.Emit(ctx, events...)
}

// Get returns the entity; NotFound if there is none of the ID.
func (t *Table[E]) Get(ctx context.Context, id kit.UUID) (E, error) {
	e, found, err := t.rows.get(ctx, id)
	if err == nil && !found {
		err = t.notFound(id)
	}
	if err != nil {
		var none E
		return none, err
	}
	return t.clone(e), nil
}

func (t *Table[E]) notFound(id kit.UUID) error {
	return kit.Errorf(kit.NotFound, "there is no %s %s", t.subject, id)
}

// Update replaces the entity whose version is one less than e's; Conflict if it
// has another version by now, NotFound if it is gone.
func (t *Table[E]) Update(ctx context.Context, e E, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		old, found, err := t.rows.get(ctx, t.id(e))
		switch {
		case err != nil:
			return err
		case !found:
			return t.notFound(t.id(e))
		case t.version(old) != t.version(e)-1:
			return kit.Errorf(kit.Conflict, "the %s is of version %d by now", t.subject, t.version(old))
		}
		return t.put(ctx, e, events)
	})
}

// Delete removes the entity; NotFound if there is none of the ID.
func (t *Table[E]) Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		_, found, err := t.rows.get(ctx, id)
		switch {
		case err != nil:
			return err
		case !found:
			return t.notFound(id)
		}
		if err := t.rows.remove(ctx, id); err != nil {
			return err
		}
		return t.db.Emit(ctx, events...)
	})
}

// List returns a page of the entities in the order of ID.
func (t *Table[E]) List(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
	return t.Find(ctx, page, func(E) bool { return true })
}

// Find returns a page of the entities that match, in the order of ID.
func (t *Table[E]) Find(ctx context.Context, page kit.Page, match func(E) bool) (kit.Listing[E], error) {
	found, err := pageOf(ctx, t.rows, page, t.id, match)
	for i := range found.Items {
		found.Items[i] = t.clone(found.Items[i])
	}
	return found, err
}

// Count returns how many entities match.
func (t *Table[E]) Count(ctx context.Context, match func(E) bool) (int64, error) {
	found, err := t.rows.all(ctx, match)
	return int64(len(found)), err
}

// pageOf returns a page of the values that match, in the order of ID.
func pageOf[V any](ctx context.Context, s *keyedShelf[kit.UUID, V], page kit.Page, id func(V) kit.UUID, match func(V) bool) (kit.Listing[V], error) {
	compare := func(a, b kit.UUID) int { return bytes.Compare(a[:], b[:]) }
	found, err := s.all(ctx, func(v V) bool { return compare(id(v), page.After) > 0 && match(v) })
	if err != nil {
		return kit.Listing[V]{}, err
	}
	values := slices.SortedFunc(maps.Values(found), func(a, b V) int { return compare(id(a), id(b)) })
	return kit.Trim(values, page.Limit, id), nil
}
