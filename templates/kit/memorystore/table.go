package memorystore

import (
	"bytes"
	"context"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/bytesize"
)

// Mapping says how entities of type T, whose keys are of type K, are kept.
type Mapping[T any, K ~[16]byte] struct {
	Entity  string         // what messages call one: "order"
	Key     func(*T) K     // of an entity
	Version func(*T) int64 // of an entity
	Clone   func(T) T      // copies everything that can be changed through a copy; nil is an assignment
}

// Table keeps entities of type T, whose keys are of type K. All methods take part in
// the transaction of their context, if there is one. Its methods Insert, Get, Update,
// Delete and List do what a store port promises. Find and Count serve methods of other
// queries.
type Table[T any, K ~[16]byte] struct {
	mapping Mapping[T, K]
	db      *DB
	rows    txMap[kit.UUID, T] // of copies that nobody else has
}

// NewTable returns an empty table.
func NewTable[T any, K ~[16]byte](db *DB, m Mapping[T, K]) *Table[T, K] {
	return &Table[T, K]{mapping: m, db: db, rows: txMap[kit.UUID, T]{}}
}

func (t *Table[T, K]) idOf(entity *T) kit.UUID { return kit.UUID(t.mapping.Key(entity)) }

func (t *Table[T, K]) clone(entity *T) *T { return ClonePointer(entity, t.mapping.Clone) }

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		id := t.idOf(&entity)
		if t.rows.get(tx, id) != nil {
			return kit.Errorf(kit.AlreadyExists, "there is already a %s %s", t.mapping.Entity, id)
		}
		t.rows.set(tx, id, t.clone(&entity))
		return t.db.emit(tx, events)
	})
}

// Get returns the entity with the key; NotFound if there is none.
func (t *Table[T, K]) Get(ctx context.Context, key K) (entity T, err error) {
	err = t.db.use(ctx, func(tx *transaction) error {
		kept, err := t.find(tx, kit.UUID(key))
		if err == nil {
			entity = *t.clone(kept)
		}
		return err
	})
	return entity, err
}

// find returns the entity that is kept; NotFound if there is none.
func (t *Table[T, K]) find(tx *transaction, id kit.UUID) (*T, error) {
	kept := t.rows.get(tx, id)
	if kept == nil {
		return nil, kit.Errorf(kit.NotFound, "there is no %s %s", t.mapping.Entity, id)
	}
	return kept, nil
}

// Update replaces the entity with the same key whose version is one less, and keeps
// the events that tell of it; Conflict if it has another version, NotFound if there is
// none.
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		id := t.idOf(&entity)
		kept, err := t.find(tx, id)
		if err != nil {
			return err
		}
		if current := t.mapping.Version(kept); current != t.mapping.Version(&entity)-1 {
			return kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", t.mapping.Entity, current)
		}
		t.rows.set(tx, id, t.clone(&entity))
		return t.db.emit(tx, events)
	})
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		if _, err := t.take(tx, kit.UUID(key)); err != nil {
			return err
		}
		return t.db.emit(tx, events)
	})
}

// take removes the entity and returns it; NotFound if there is none.
func (t *Table[T, K]) take(tx *transaction, id kit.UUID) (*T, error) {
	kept, err := t.find(tx, id)
	if err == nil {
		t.rows.set(tx, id, nil)
	}
	return kept, err
}

// List returns a page of the entities in the order of their keys.
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, page, func(*T) bool { return true })
}

// Find returns a page of the entities that match, in the order of their keys.
func (t *Table[T, K]) Find(ctx context.Context, page kit.Page, match func(*T) bool) (found kit.Listing[T], err error) {
	kept, err := t.all(ctx, func(v *T) bool { return compare(t.idOf(v), page.After) > 0 && match(v) })
	slices.SortFunc(kept, func(a, b *T) int { return compare(t.idOf(a), t.idOf(b)) })
	selected := kit.Trim(kept, page.Limit, t.idOf)
	size := 0
	for i, entity := range selected.Items {
		found.Items = append(found.Items, *t.clone(entity))
		if size += bytesize.Of(entity); size > kit.MaxPageBytes && i < len(selected.Items)-1 {
			found.Next = t.idOf(entity)
			return found, err
		}
	}
	found.Next = selected.Next
	return found, err
}

func compare(a, b kit.UUID) int { return bytes.Compare(a[:], b[:]) }

// Count returns how many entities match.
func (t *Table[T, K]) Count(ctx context.Context, match func(*T) bool) (int64, error) {
	kept, err := t.all(ctx, match)
	return int64(len(kept)), err
}

// all returns the entities that are kept and match.
func (t *Table[T, K]) all(ctx context.Context, match func(*T) bool) (kept []*T, err error) {
	err = t.db.use(ctx, func(tx *transaction) error {
		for _, entity := range t.rows.all(tx) {
			if match(entity) {
				kept = append(kept, entity)
			}
		}
		return nil
	})
	return kept, err
}
