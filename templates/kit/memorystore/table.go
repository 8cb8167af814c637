package memorystore

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
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
	rows    *txMap[kit.UUID, *T] // of copies that nobody else has
}

// NewTable returns an empty table.
func NewTable[T any, K ~[16]byte](db *DB, m Mapping[T, K]) *Table[T, K] {
	return &Table[T, K]{mapping: m, db: db, rows: newTxMap[kit.UUID, *T](db)}
}

func (t *Table[T, K]) idOf(entity *T) kit.UUID { return kit.UUID(t.mapping.Key(entity)) }

func (t *Table[T, K]) clone(entity *T) *T { return ClonePointer(entity, t.mapping.Clone) }

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		id := t.idOf(&entity)
		_, found, err := t.rows.get(ctx, id)
		if err != nil {
			return err
		}
		if found {
			return kit.Errorf(kit.AlreadyExists, "there is already a %s %s", t.mapping.Entity, id)
		}
		return t.put(ctx, &entity, events)
	})
}

func (t *Table[T, K]) put(ctx context.Context, entity *T, events []kit.Event) error {
	if err := t.rows.put(ctx, t.idOf(entity), t.clone(entity)); err != nil {
		return err
	}
	return t.db.Emit(ctx, events...)
}

// Get returns the entity with the key; NotFound if there is none.
func (t *Table[T, K]) Get(ctx context.Context, key K) (T, error) {
	kept, err := t.find(ctx, kit.UUID(key))
	if err != nil {
		var none T
		return none, err
	}
	return *t.clone(kept), nil
}

// find returns the entity that is kept; NotFound if there is none.
func (t *Table[T, K]) find(ctx context.Context, id kit.UUID) (*T, error) {
	kept, found, err := t.rows.get(ctx, id)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no %s %s", t.mapping.Entity, id)
	}
	return kept, err
}

// Update replaces the entity with the same key whose version is one less, and keeps
// the events that tell of it; Conflict if it has another version, NotFound if there is
// none.
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		kept, err := t.find(ctx, t.idOf(&entity))
		if err != nil {
			return err
		}
		if current := t.mapping.Version(kept); current != t.mapping.Version(&entity)-1 {
			return kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", t.mapping.Entity, current)
		}
		return t.put(ctx, &entity, events)
	})
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	return t.db.Write(ctx, func(ctx context.Context) error {
		if _, err := t.find(ctx, kit.UUID(key)); err != nil {
			return err
		}
		if err := t.rows.remove(ctx, kit.UUID(key)); err != nil {
			return err
		}
		return t.db.Emit(ctx, events...)
	})
}

// List returns a page of the entities in the order of their keys.
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, page, func(*T) bool { return true })
}

// Find returns a page of the entities that match, in the order of their keys.
func (t *Table[T, K]) Find(ctx context.Context, page kit.Page, match func(*T) bool) (kit.Listing[T], error) {
	kept, err := pageOf(ctx, t.rows, page, t.idOf, match)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	found := kit.Listing[T]{Next: kept.Next}
	for _, entity := range kept.Items {
		found.Items = append(found.Items, *t.clone(entity))
	}
	return found, nil
}

// Count returns how many entities match.
func (t *Table[T, K]) Count(ctx context.Context, match func(*T) bool) (int64, error) {
	found, err := t.rows.all(ctx, match)
	return int64(len(found)), err
}

// pageOf returns a page of the values that match, in the order of ID.
func pageOf[V any](ctx context.Context, s *txMap[kit.UUID, V], page kit.Page, id func(V) kit.UUID, match func(V) bool) (kit.Listing[V], error) {
	compare := func(a, b kit.UUID) int { return bytes.Compare(a[:], b[:]) }
	found, err := s.all(ctx, func(v V) bool { return compare(id(v), page.After) > 0 && match(v) })
	if err != nil {
		return kit.Listing[V]{}, err
	}
	values := slices.SortedFunc(maps.Values(found), func(a, b V) int { return compare(id(a), id(b)) })
	return kit.Trim(values, page.Limit, id), nil
}
