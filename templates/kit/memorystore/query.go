package memorystore

import (
	"cmp"
	"context"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
	"github.com/outgrowkit/outgrow/templates/kit/internal/total"
)

// FindSorted returns a page of the entities that match, in an order, and those that are
// equal in it in the order of their keys, or in the reverse of both. Invalid if the entity
// after which the page begins is gone.
func (t *Table[T, K]) FindSorted(
	ctx context.Context, page kit.Page, match func(*T) bool, order func(a, b *T) int, desc bool,
) (kit.Listing[T], error) {
	last, begin, err := t.after(page)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	compare := t.sorted(order, desc)
	var after []row[T]
	kept, err := t.all(ctx, func(r row[T]) bool {
		if r.key == begin {
			after = append(after, r)
		}
		return match(r.entity)
	})
	if err == nil && !page.After.IsZero() {
		if len(after) == 0 {
			return kit.Listing[T]{}, rowkey.Gone(t.mapping.Entity, last)
		}
		kept = slices.DeleteFunc(kept, func(r row[T]) bool { return compare(r, after[0]) <= 0 })
	}
	slices.SortFunc(kept, compare)
	return t.page(kept, page.Limit), err
}

// sorted returns an order with that of keys, or the reverse of both.
func (t *Table[T, K]) sorted(order func(a, b *T) int, desc bool) func(a, b row[T]) int {
	return func(a, b row[T]) int {
		if desc {
			a, b = b, a
		}
		by := 0
		if order != nil {
			by = order(a.entity, b.entity)
		}
		return cmp.Or(by, compareKeys(a, b))
	}
}

// First returns the first of the entities that match, in an order, nil being that of keys;
// NotFound if there is none.
func (t *Table[T, K]) First(ctx context.Context, match func(*T) bool, order func(a, b *T) int, desc bool) (first T, err error) {
	kept, err := t.all(ctx, func(r row[T]) bool { return match(r.entity) })
	if err == nil && len(kept) == 0 {
		err = kit.Errorf(kit.NotFound, "there is no such %s", t.mapping.Entity)
	}
	if err == nil {
		first = *t.clone(slices.MinFunc(kept, t.sorted(order, desc)).entity)
	}
	return first, err
}

// GetMany returns the entities with the keys, in the order of their keys, each once. What
// there is not is left out.
func (t *Table[T, K]) GetMany(ctx context.Context, keys []K) (all []T, err error) {
	kept, err := t.all(ctx, func(r row[T]) bool { return slices.Contains(keys, t.mapping.Key(r.entity)) })
	slices.SortFunc(kept, compareKeys)
	for _, r := range kept {
		all = append(all, *t.clone(r.entity))
	}
	return all, err
}

// InsertMany keeps new entities and the events that tell of them; AlreadyExists, and
// nothing is kept, if there is one with the key of one of them.
func (t *Table[T, K]) InsertMany(ctx context.Context, entities []T, events ...kit.Event) error {
	return t.db.Within(ctx, func(ctx context.Context) error {
		for _, entity := range entities {
			if err := t.Insert(ctx, entity); err != nil {
				return err
			}
		}
		if len(entities) == 0 {
			return nil
		}
		return t.db.Emit(ctx, events...)
	})
}

// Upsert keeps an entity, and the events that tell of it, whether or not there is one with
// its key, which it replaces: replace is told of both, to set the version; nil if there is
// none.
func (t *Table[T, K]) Upsert(ctx context.Context, entity T, replace func(entity, old *T), events []kit.Event) error {
	return t.db.write(ctx, func(tx *transaction) error {
		kept, key := t.clone(&entity), t.mapping.Key(&entity)
		at, err := t.placeOf(ctx, &entity)
		if err = cmp.Or(err, rowkey.Fits(t.mapping.Entity, t.mapping.KeyField, key)); err != nil {
			return err
		}
		_, old, err := t.the(ctx, tx, key)
		switch {
		case err != nil && tx.get(t.rows, at) != nil: // of another tenant, which keeps it
			return kit.Errorf(kit.AlreadyExists, "it already exists")
		case err == nil && replace != nil:
			replace(kept, old)
		}
		return tx.set(t.rows, at, kept, events)
	})
}

// Remove removes the entities that match, and keeps the events that tell of it if there
// were any. It returns how many there were.
func (t *Table[T, K]) Remove(ctx context.Context, match func(*T) bool, events []kit.Event) (removed int64, err error) {
	_, isMine, err := t.mine(ctx)
	if err != nil {
		return 0, err
	}
	err = t.db.write(ctx, func(tx *transaction) error {
		var all []place
		for at, entity := range tx.all(t.rows) {
			if isMine(entity.(*T)) && match(entity.(*T)) {
				all, tx.rows[rowID{t.rows, at}] = append(all, at), nil
			}
		}
		for _, at := range all { // none of which refers to another any more
			if err := tx.set(t.rows, at, nil, nil); err != nil {
				return err
			}
		}
		if removed = int64(len(all)); removed == 0 {
			return nil
		}
		return tx.emit(events)
	})
	return removed, err
}

// Sum adds up a number of each of the entities that match; Internal if the sum is no int64.
func (t *Table[T, K]) Sum(ctx context.Context, match func(*T) bool, number func(*T) int64) (int64, error) {
	sums, err := Per(ctx, t, match, func(*T) struct{} { return struct{}{} }, number)
	return sums[struct{}{}], err
}

// Per is Sum for each of the values that entities have.
func Per[V comparable, T any, K comparable](
	ctx context.Context, t *Table[T, K], match func(*T) bool, value func(*T) V, number func(*T) int64,
) (map[V]int64, error) {
	kept, err := t.all(ctx, func(r row[T]) bool { return match(r.entity) })
	if err != nil {
		return nil, err
	}
	sums, numbers := map[V]total.Sum{}, map[V]int64{}
	for _, r := range kept {
		v := value(r.entity)
		sums[v] = sums[v].Plus(number(r.entity))
	}
	for v, sum := range sums {
		if numbers[v], err = sum.Int64(); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// Next adds one to the last number that it has returned for a field, and returns it. What a
// transaction took is lost if the transaction is undone.
func Next[N ~int | ~int64, T any, K comparable](ctx context.Context, t *Table[T, K], last *N) (next N, err error) {
	err = t.db.use(ctx, func(*transaction) error {
		*last++
		next = *last
		return nil
	})
	return next, err
}

// ComparePointers compares what pointers point to; nil comes after everything.
func ComparePointers[T any](a, b *T, compare func(a, b T) int) int {
	switch {
	case a == b:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return compare(*a, *b)
}
