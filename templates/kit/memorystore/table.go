package memorystore

import (
	"cmp"
	"context"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/bytesize"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
	"github.com/outgrowkit/outgrow/templates/kit/internal/scope"
)

// Mapping says how entities of type T, whose keys are of type K, are kept.
type Mapping[T any, K comparable] struct {
	Entity  string         // what messages call one: "order"
	Key     func(*T) K     // of an entity
	Version func(*T) int64 // of an entity; nil if it has none
	Clone   func(T) T      // copies everything that can be changed through a copy; nil is an assignment

	// KeyField is what errors name the field of the key; "" is ID.
	KeyField string
}

// Table keeps entities of type T, whose keys are of type K. All methods take part in
// the transaction of their context, if there is one. Its methods Insert, Get, Update,
// Delete and List do what a store port promises. Find and Count serve methods of other
// queries.
type Table[T any, K comparable] struct {
	db      *DB
	mapping Mapping[T, K]
	rows    *rows // of *T

	tenant func(*T) string // of an entity; nil if there are none
	// mine returns whose keys ctx is used for, and what reports whether it is for an entity.
	mine func(ctx context.Context) (own string, isMine func(*T) bool, err error)
}

// NewTable returns an empty table.
func NewTable[T any, K comparable](db *DB, m Mapping[T, K]) *Table[T, K] {
	m.KeyField = cmp.Or(m.KeyField, "ID")
	every := func(*T) bool { return true }
	mine := func(context.Context) (string, func(*T) bool, error) { return "", every, nil }
	return &Table[T, K]{db: db, mapping: m, rows: &rows{committed: map[place]any{}}, mine: mine}
}

// Insert keeps a new entity and the events that tell of it; AlreadyExists if there is
// one with its key.
func (t *Table[T, K]) Insert(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		key := t.mapping.Key(&entity)
		at, err := t.placeOf(ctx, &entity)
		if err = cmp.Or(err, rowkey.Fits(t.mapping.Entity, t.mapping.KeyField, key)); err != nil {
			return err
		}
		if tx.get(t.rows, at) != nil {
			return kit.Errorf(kit.AlreadyExists, "the %s %s already exists", t.mapping.Entity, rowkey.Text(key))
		}
		return tx.set(t.rows, at, t.clone(&entity), events)
	})
}

// Get returns the entity with the key; NotFound if there is none.
func (t *Table[T, K]) Get(ctx context.Context, key K) (entity T, err error) {
	err = t.db.use(ctx, func(tx *transaction) error {
		at, kept, err := t.the(ctx, tx, key)
		if err == nil {
			entity = *t.clone(kept)
			t.saw(ctx, at, kept)
		}
		return err
	})
	return entity, err
}

// Update replaces the entity with the same key whose version is one less or, in a
// transaction that has read it, that which was read, and keeps the events that tell of it.
// Conflict if it has another version, NotFound if there is none. Without versions it
// replaces whatever is there.
func (t *Table[T, K]) Update(ctx context.Context, entity T, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		if _, err := t.placeOf(ctx, &entity); err != nil {
			return err
		}
		at, kept, err := t.the(ctx, tx, t.mapping.Key(&entity))
		if err != nil {
			return err
		}
		if t.mapping.Version != nil {
			replaced := scope.Replaced(ctx, t.rows, at.own, at.key, t.mapping.Version(&entity))
			if current := t.mapping.Version(kept); current != replaced {
				return kit.Errorf(kit.Conflict, "the %s has changed: it is at version %d", t.mapping.Entity, current)
			}
		}
		if err = tx.set(t.rows, at, t.clone(&entity), events); err == nil {
			t.saw(ctx, at, &entity)
		}
		return err
	})
}

// Delete removes the entity with the key, and keeps the events that tell of it;
// NotFound if there is none.
func (t *Table[T, K]) Delete(ctx context.Context, key K, events ...kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		at, _, err := t.the(ctx, tx, key)
		if err != nil {
			return err
		}
		return tx.set(t.rows, at, nil, events)
	})
}

// List returns a page of the entities in the order of their keys.
func (t *Table[T, K]) List(ctx context.Context, page kit.Page) (kit.Listing[T], error) {
	return t.Find(ctx, page, func(*T) bool { return true })
}

// Find returns a page of the entities that match, in the order of their keys.
func (t *Table[T, K]) Find(ctx context.Context, page kit.Page, match func(*T) bool) (kit.Listing[T], error) {
	_, after, err := t.after(page)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	kept, err := t.all(ctx, func(r row[T]) bool { return r.key > after && match(r.entity) })
	slices.SortFunc(kept, compareKeys)
	return t.page(kept, page.Limit), err
}

// after returns where a page begins: the key, and how that of an entity is written.
func (t *Table[T, K]) after(page kit.Page) (after any, key kit.Cursor, err error) {
	if page.After.IsZero() {
		return nil, "", nil
	}
	after, err = rowkey.After[K](page.After)
	return after, kit.CursorOf(after), err
}

// page returns the first of the entities.
func (t *Table[T, K]) page(kept []row[T], limit int) (found kit.Listing[T]) {
	size := 0
	for i, r := range kept {
		if i == max(limit, 1) || size > kit.MaxPageBytes {
			found.Next = kept[i-1].key
			break
		}
		found.Items = append(found.Items, *t.clone(r.entity))
		size += bytesize.Of(r.entity)
	}
	return found
}

// Count returns how many entities match.
func (t *Table[T, K]) Count(ctx context.Context, match func(*T) bool) (int64, error) {
	kept, err := t.all(ctx, func(r row[T]) bool { return match(r.entity) })
	return int64(len(kept)), err
}

// placeOf returns where an entity is kept, or why ctx cannot be used to keep it.
func (t *Table[T, K]) placeOf(ctx context.Context, entity *T) (place, error) {
	own, isMine, err := t.mine(ctx)
	if err == nil && !isMine(entity) {
		err = kit.Errorf(kit.Unauthorized, "the %s is of another tenant", t.mapping.Entity)
	}
	return place{own, kit.CursorOf(t.mapping.Key(entity))}, err
}

// the returns the entity that is kept, and where; NotFound if there is none.
func (t *Table[T, K]) the(ctx context.Context, tx *transaction, key K) (place, *T, error) {
	own, isMine, err := t.mine(ctx)
	if err != nil {
		return place{}, nil, err
	}
	at := place{own, kit.CursorOf(key)}
	if kept := tx.get(t.rows, at); kept != nil && isMine(kept.(*T)) {
		return at, kept.(*T), nil
	}
	return at, nil, kit.Errorf(kit.NotFound, "there is no %s %.255s", t.mapping.Entity, rowkey.Text(key))
}

// saw notes that the transaction of ctx has read an entity.
func (t *Table[T, K]) saw(ctx context.Context, at place, entity *T) {
	if t.mapping.Version != nil {
		scope.Saw(ctx, t.rows, at.own, at.key, t.mapping.Version(entity))
	}
}

func (t *Table[T, K]) clone(entity *T) *T { return ClonePointer(entity, t.mapping.Clone) }

// row is an entity that is kept, and its key.
type row[T any] struct {
	key    kit.Cursor
	entity *T
}

// compareKeys compares the keys of entities. UUIDs are in the order of their texts.
func compareKeys[T any](a, b row[T]) int { return cmp.Compare(a.key, b.key) }

// all returns the entities that match, as the transaction of ctx sees them.
func (t *Table[T, K]) all(ctx context.Context, match func(row[T]) bool) (all []row[T], err error) {
	_, isMine, err := t.mine(ctx)
	if err != nil {
		return nil, err
	}
	err = t.db.use(ctx, func(tx *transaction) error {
		for at, entity := range tx.all(t.rows) {
			if r := (row[T]{at.key, entity.(*T)}); isMine(r.entity) && match(r) {
				t.saw(ctx, at, r.entity)
				all = append(all, r)
			}
		}
		return nil
	})
	return all, err
}
