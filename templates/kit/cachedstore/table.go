package cachedstore

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Mapping says how entities of type T are kept.
type Mapping[T any] struct {
	Table  string                  // of the database, such as orders
	Shape  uint64                  // of T: versions of a service with other fields do not read what this one keeps
	Append func([]byte, T) []byte  // appends one as text
	Read   func([]byte) (T, error) // reads what Append wrote
}

// Table reads entities of type T through the cache, and removes from it what changes. What
// is read in a transaction, or cannot be kept as it is, comes from the store.
type Table[T any] struct {
	Mapping[T]
	cache *Cache
	ttl   time.Duration
	lossy atomic.Bool // it was logged that something cannot be kept
}

// NewTable returns a table whose values are used for up to the ttl.
func NewTable[T any](c *Cache, ttl time.Duration, m Mapping[T]) *Table[T] {
	return &Table[T]{Mapping: m, cache: c, ttl: ttl}
}

// Get returns the entity with the key, which load returns.
func (t *Table[T]) Get(ctx context.Context, key kit.Cursor, load func(context.Context) (T, error)) (T, error) {
	return fetch(ctx, t, entityKey(t.Table, key), one[T]{t.Mapping}, load)
}

// generations is how long lists may be kept that no change outdates.
const generations = 24 * time.Hour

// Find returns the page of a list, which load returns. A name and arguments tell the list
// from others.
func (t *Table[T]) Find(
	ctx context.Context, page kit.Page, load func(context.Context) (kit.Listing[T], error), name string, args ...any,
) (kit.Listing[T], error) {
	if pendingOf(ctx) != nil {
		return load(ctx)
	}
	list, err := json.Marshal(append(args, page.After, page.Limit))
	if err != nil {
		return load(ctx) // a number that is none
	}
	generation, err := t.cache.values.Fetch(ctx, generationKey(t.Table), generations, func(context.Context) ([]byte, error) {
		id := kit.NewUUID()
		return id[:], nil
	})
	if err != nil {
		return load(ctx)
	}
	key := t.Table + "/" + hex.EncodeToString(generation) + "/" + name + string(list)
	return fetch(ctx, t, key, many[T]{t.Mapping}, load)
}

var errLossy = errors.New("it cannot be kept as it is")

// fetch returns a value from the cache, or what load returns.
func fetch[T, V any](ctx context.Context, t *Table[T], key string, as form[V], load func(context.Context) (V, error)) (V, error) {
	if pendingOf(ctx) != nil {
		return load(ctx)
	}
	var own atomic.Pointer[V] // what this call has loaded
	data, err := t.cache.values.Fetch(ctx, key, t.ttl, func(ctx context.Context) ([]byte, error) {
		read := time.Now()
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		own.Store(&v)
		return encode(t, as, v, read)
	})
	lossy := errors.Is(err, errLossy)
	if v := own.Load(); v != nil && (err == nil || lossy) {
		return *v, nil
	}
	if err != nil && !lossy {
		return *new(V), err
	}
	if read, ok := stamped(t.Shape, data); ok {
		if v, err := as.read(data[stampSize:]); err == nil {
			noteAge(ctx, read)
			return v, nil
		}
	}
	return load(ctx)
}

// encode returns a value as it is kept, unless it could not be read as it is.
func encode[T, V any](t *Table[T], as form[V], v V, read time.Time) ([]byte, error) {
	data := as.append(stamp(t.Shape, read), v)
	back, err := as.read(data[stampSize:])
	if err == nil && reflect.DeepEqual(v, back) {
		return data, nil
	}
	if !t.lossy.Swap(true) {
		t.cache.log.Warn("what is read of a store is not cached where its JSON, of adapters/jsonwire, does not hold all of it",
			"table", t.Table, "error", err)
	}
	return nil, errLossy
}

// Change has the store change the entities with the keys, and keep an event of the kit for each
// with those that tell of them.
func (t *Table[T]) Change(
	ctx context.Context, entities []kit.Cursor, events []kit.Event, change func(ctx context.Context, events ...kit.Event) error,
) error {
	var keys []string
	events, now := slices.Clone(events), time.Now().UTC()
	for _, entity := range entities {
		told := Changed{Table: t.Table, Entity: entity, At: now}
		events, keys = append(events, told), append(keys, told.keys()...)
	}
	defer t.cache.outdate(ctx, keys...)
	return change(ctx, events...)
}

// ChangeAlone is Change for a store that takes no events with a change.
func (t *Table[T]) ChangeAlone(ctx context.Context, entities []kit.Cursor, change func(context.Context) error) error {
	return t.Change(ctx, entities, nil, func(ctx context.Context, events ...kit.Event) error {
		return t.cache.Within(ctx, func(ctx context.Context) error {
			if err := change(ctx); err != nil {
				return err
			}
			return t.cache.db.Emit(ctx, events...)
		})
	})
}

// CheckTTL reports a ttl of a store that is out of range.
func CheckTTL(report func(field, problem string), field string, ttl time.Duration) {
	if ttl != 0 && (ttl < time.Second || ttl > generations) {
		report(field, "must be from 1s to 24h, or 0s for a store that is not cached")
	}
}
