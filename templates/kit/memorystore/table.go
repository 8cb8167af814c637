package memorystore

import (
	"bytes"
	"context"
	"maps"
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
//
// Each project compiles the methods for each of its entities, and those of the store that
// embeds the table. So they only pass on, and those that take most are not inlined.
type Table[T any, K ~[16]byte] struct{ rows rows }

// NewTable returns an empty table.
//
//go:noinline
func NewTable[T any, K ~[16]byte](db *DB, m Mapping[T, K]) *Table[T, K] {
	return &Table[T, K]{rows{
		db: db, entity: m.Entity, kept: map[kit.UUID]any{},
		id:      func(entity any) kit.UUID { return kit.UUID(m.Key(entity.(*T))) },
		version: func(entity any) int64 { return m.Version(entity.(*T)) },
		clone:   func(entity any) any { return ClonePointer(entity.(*T), m.Clone) },
	}}
}

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
//
//go:noinline
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	return t.rows.insert(ctx, &entity, events)
}

// Get returns the entity with the key; NotFound if there is none.
//
//go:noinline
func (t *Table[T, K]) Get(ctx context.Context, key K) (entity T, err error) {
	kept, err := t.rows.get(ctx, kit.UUID(key))
	if err == nil {
		entity = *kept.(*T)
	}
	return entity, err
}

// Update replaces the entity with the same key whose version is one less, and keeps
// the events that tell of it; Conflict if it has another version, NotFound if there is
// none.
//
//go:noinline
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	return t.rows.update(ctx, &entity, events)
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	return t.rows.delete(ctx, kit.UUID(key), events)
}

// List returns a page of the entities in the order of their keys.
//
//go:noinline
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, page, func(*T) bool { return true })
}

// Find returns a page of the entities that match, in the order of their keys.
//
//go:noinline
func (t *Table[T, K]) Find(ctx context.Context, page kit.Page, match func(*T) bool) (found kit.Listing[T], err error) {
	found.Next, err = t.rows.find(ctx, page, func(entity any) bool { return match(entity.(*T)) },
		func(entity any) { found.Items = append(found.Items, *entity.(*T)) })
	return found, err
}

// Count returns how many entities match.
func (t *Table[T, K]) Count(ctx context.Context, match func(*T) bool) (int64, error) {
	kept, err := t.rows.all(ctx, func(entity any) bool { return match(entity.(*T)) })
	return int64(len(kept)), err
}

// rows are what a table keeps. Entities are passed as pointers: the compiler makes this
// code once, and not for each type of entity in each package that names its table.
type rows struct {
	db      *DB
	entity  string
	id      func(entity any) kit.UUID
	version func(entity any) int64
	clone   func(entity any) any
	kept    map[kit.UUID]any // copies that nobody else has
}

func (r *rows) insert(ctx context.Context, entity any, events []kit.Event) error {
	return r.db.write(ctx, func(t *transaction) error {
		id := r.id(entity)
		if _, err := r.the(t, id); err == nil {
			return kit.Errorf(kit.AlreadyExists, "there is already a %s %s", r.entity, id)
		}
		return r.set(t, id, r.clone(entity), events)
	})
}

func (r *rows) get(ctx context.Context, id kit.UUID) (entity any, err error) {
	err = r.db.use(ctx, func(t *transaction) error {
		kept, err := r.the(t, id)
		if err == nil {
			entity = r.clone(kept)
		}
		return err
	})
	return entity, err
}

func (r *rows) update(ctx context.Context, entity any, events []kit.Event) error {
	return r.db.write(ctx, func(t *transaction) error {
		id := r.id(entity)
		kept, err := r.the(t, id)
		if err != nil {
			return err
		}
		if current := r.version(kept); current != r.version(entity)-1 {
			return kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", r.entity, current)
		}
		return r.set(t, id, r.clone(entity), events)
	})
}

func (r *rows) delete(ctx context.Context, id kit.UUID, events []kit.Event) error {
	return r.db.write(ctx, func(t *transaction) error {
		if _, err := r.the(t, id); err != nil {
			return err
		}
		return r.set(t, id, nil, events)
	})
}

// the returns the entity as the transaction sees it, or as it was committed if there is
// none; NotFound if it does not exist.
func (r *rows) the(t *transaction, id kit.UUID) (entity any, err error) {
	entity = r.kept[id]
	if t != nil {
		if changed, ok := t.rows[rowID{r, id}]; ok {
			entity = changed
		}
	}
	if entity == nil {
		return nil, kit.Errorf(kit.NotFound, "there is no %s %s", r.entity, id)
	}
	return entity, nil
}

// set puts the entity, or nil, in place of the one with the key, and emits the events.
func (r *rows) set(t *transaction, id kit.UUID, entity any, events []kit.Event) error {
	t.rows[rowID{r, id}] = entity
	return t.emit(events)
}

// find passes copies of a page to add, and returns the key after which the next page
// begins, if there is one.
func (r *rows) find(ctx context.Context, page kit.Page, match func(any) bool, add func(any)) (next kit.UUID, err error) {
	kept, err := r.all(ctx, func(v any) bool { return compare(r.id(v), page.After) > 0 && match(v) })
	slices.SortFunc(kept, func(a, b any) int { return compare(r.id(a), r.id(b)) })
	size := 0
	for i, entity := range kept {
		if i == page.Limit || size > kit.MaxPageBytes {
			return r.id(kept[i-1]), err
		}
		add(r.clone(entity))
		size += bytesize.Of(entity)
	}
	return kit.UUID{}, err
}

func compare(a, b kit.UUID) int { return bytes.Compare(a[:], b[:]) }

// all returns the entities that match, as the transaction of ctx sees them.
func (r *rows) all(ctx context.Context, match func(any) bool) (all []any, err error) {
	err = r.db.use(ctx, func(t *transaction) error {
		seen := r.kept
		if t != nil {
			seen = maps.Clone(seen)
			for row, entity := range t.rows {
				if row.of == r {
					seen[row.id] = entity
				}
			}
		}
		for _, entity := range seen {
			if entity != nil && match(entity) {
				all = append(all, entity)
			}
		}
		return nil
	})
	return all, err
}
