package sqlstore

import (
	"cmp"
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// FindSorted returns a page of the entities that statements select, in their order. The
// first one selects the first page: its parameters are the arguments and a limit. The second
// one selects what comes after an entity: its parameters are the arguments, the key of that
// entity and a limit; Invalid if the entity is gone, and with it the place in the order.
func (t *Table[T, K]) FindSorted(ctx context.Context, s [2]*Statement, page kit.Page, args ...any) (kit.Listing[T], error) {
	return t.sorted(ctx, s, page, t.Args(ctx, args...)...)
}

// sorted is FindSorted, with all parameters but those of the page. That the entity is gone may
// be because it is of another tenant, whose place in the order nobody is told.
func (t *Table[T, K]) sorted(ctx context.Context, s [2]*Statement, page kit.Page, args ...any) (kit.Listing[T], error) {
	limit := max(page.Limit, 1)
	if page.After.IsZero() {
		return t.page(ctx, s[0], limit, args...)
	}
	after, err := rowkey.After[K](page.After)
	if err != nil {
		return kit.Listing[T]{}, err
	}
	found, err := t.page(ctx, s[1], limit, append(args, after)...)
	if err != nil || len(found.Items) > 0 {
		return found, err
	}
	there, err := t.Exists(ctx, t.get, after)
	if err == nil && !there {
		err = rowkey.Gone(t.mapping.Entity, after)
	}
	if err != nil {
		return kit.Listing[T]{}, err
	}
	return found, nil
}

// First returns the first entity that a statement selects; NotFound if there is none. The
// statement selects all columns in order.
func (t *Table[T, K]) First(ctx context.Context, s *Statement, args ...any) (entity T, err error) {
	found, err := s.Row(ctx, func(row Scanner) error { return t.Scan(row, &entity) }, t.Args(ctx, args...)...)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no such %s", t.mapping.Entity)
	}
	if err != nil {
		return *new(T), err
	}
	t.saw(ctx, &entity)
	return entity, nil
}

// All returns all entities that a statement selects, which selects all columns in order.
func (t *Table[T, K]) All(ctx context.Context, s *Statement, args ...any) ([]T, error) {
	return collect(ctx, s, func(row Scanner, entity *T) error {
		err := t.Scan(row, entity)
		t.saw(ctx, entity)
		return err
	}, t.Args(ctx, args...)...)
}

// AllOf is All for a statement whose parameter is keys, of which list makes an argument.
func (t *Table[T, K]) AllOf(ctx context.Context, s *Statement, keys []K, list func([]any) any) ([]T, error) {
	var args []any
	for _, key := range keys {
		if t.fits(key) == nil {
			args = append(args, rowkey.Arg(key))
		}
	}
	return t.All(ctx, s, list(args))
}

// Put runs a statement whose parameters are the columns of an entity, and keeps the events
// if it changed anything.
func (t *Table[T, K]) Put(ctx context.Context, s *Statement, entity T, events []kit.Event) error {
	if err := cmp.Or(t.mapping.Owned(ctx, &entity), t.fits(t.mapping.Key(&entity))); err != nil {
		return err
	}
	changed, err := s.Change(ctx, events, t.mapping.Columns(&entity)...)
	if err == nil && changed == 0 { // of another tenant, which keeps it
		err = Duplicate(nil)
	}
	return t.mapping.Refused(ctx, &entity, false, err)
}

// InsertMany keeps new entities and the events that tell of them, by a statement whose parameters
// are the columns of several, each of which list makes an argument. The error is that of the first
// one that cannot be kept, as if they were inserted one after the other.
func (t *Table[T, K]) InsertMany(ctx context.Context, db interface {
	kit.Transactor
	kit.Emitter
}, s *Statement, entities []T, list func([]any) any, events []kit.Event) error {
	err := t.putAll(ctx, s, entities, list, events)
	if !isOfEntities(err) {
		return err
	}
	return db.Within(ctx, func(ctx context.Context) error {
		if err := t.putHalves(ctx, s, entities, list); err != nil {
			return err
		}
		return db.Emit(ctx, events...) // what was in the way is gone
	})
}

// isOfEntities reports whether an error may be that of some entities and not of others.
func isOfEntities(err error) bool {
	code := kit.CodeOf(err)
	return err != nil && code != kit.Unavailable && code != kit.Internal
}

// putHalves keeps one half of the entities after the other, until it finds one that cannot be.
func (t *Table[T, K]) putHalves(ctx context.Context, s *Statement, entities []T, list func([]any) any) error {
	if len(entities) == 1 {
		return t.Insert(ctx, entities[0])
	}
	middle := len(entities) / 2
	for _, half := range [][]T{entities[:middle], entities[middle:]} {
		err := t.putAll(ctx, s, half, list, nil)
		if isOfEntities(err) {
			err = t.putHalves(ctx, s, half, list)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// putAll keeps entities, and the events if there are any. Its error may be that of any entity.
func (t *Table[T, K]) putAll(ctx context.Context, s *Statement, entities []T, list func([]any) any, events []kit.Event) error {
	var columns [][]any
	for i := range entities {
		if err := cmp.Or(t.mapping.Owned(ctx, &entities[i]), t.fits(t.mapping.Key(&entities[i]))); err != nil {
			return err
		}
		for at, value := range t.mapping.Columns(&entities[i]) {
			if i == 0 {
				columns = append(columns, nil)
			}
			columns[at] = append(columns[at], value)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	args := make([]any, len(columns))
	for at, column := range columns {
		args[at] = list(column)
	}
	_, err := s.Change(ctx, events, args...)
	return err
}
