package memory

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// shelf keeps values by key. What it is given and what it returns is not
// copied: whoever uses it copies what others could change.
type shelf[K comparable, V any] struct {
	db   *DB
	kept map[K]V
}

// shelfChange is what a transaction has put in place of a value.
type shelfChange[V any] struct {
	value V
	gone  bool
}

func newShelf[K comparable, V any](db *DB) *shelf[K, V] {
	return &shelf[K, V]{db: db, kept: map[K]V{}}
}

// get returns the value of the key, as the transaction of ctx sees it.
func (s *shelf[K, V]) get(ctx context.Context, key K) (value V, found bool, err error) {
	err = s.see(ctx, func(layers []map[K]shelfChange[V]) {
		for _, changes := range layers {
			if c, ok := changes[key]; ok {
				value, found = c.value, !c.gone
				return
			}
		}
		value, found = s.kept[key]
	})
	return value, found, err
}

// all returns every key and value that keep accepts, as the transaction of ctx
// sees them.
func (s *shelf[K, V]) all(ctx context.Context, keep func(V) bool) (map[K]V, error) {
	accepted := map[K]V{}
	err := s.see(ctx, func(layers []map[K]shelfChange[V]) {
		seen := map[K]bool{}
		for _, changes := range layers {
			for key, c := range changes {
				if !seen[key] && !c.gone && keep(c.value) {
					accepted[key] = c.value
				}
				seen[key] = true
			}
		}
		for key, value := range s.kept {
			if !seen[key] && keep(value) {
				accepted[key] = value
			}
		}
	})
	return accepted, err
}

// see calls look with the changes of the transaction of ctx, innermost first,
// while they and what is kept do not change.
func (s *shelf[K, V]) see(ctx context.Context, look func(layers []map[K]shelfChange[V])) error {
	if err := s.db.usable(ctx); err != nil {
		return err
	}
	var layers []map[K]shelfChange[V]
	t := s.db.transactionOf(ctx)
	if t != nil {
		t.whole.mu.Lock()
		defer t.whole.mu.Unlock()
		if err := t.whole.usable(); err != nil {
			return err
		}
	}
	for ; t != nil; t = t.outer {
		if changes, ok := t.changes[s]; ok {
			layers = append(layers, changes.(map[K]shelfChange[V]))
		}
	}
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	look(layers)
	return nil
}

// put keeps the value, in the transaction of ctx, which there must be.
func (s *shelf[K, V]) put(ctx context.Context, key K, value V) error {
	return s.change(ctx, key, shelfChange[V]{value: value})
}

// remove removes the value, in the transaction of ctx, which there must be.
func (s *shelf[K, V]) remove(ctx context.Context, key K) error {
	return s.change(ctx, key, shelfChange[V]{gone: true})
}

func (s *shelf[K, V]) change(ctx context.Context, key K, c shelfChange[V]) error {
	if err := s.db.usable(ctx); err != nil {
		return err
	}
	t := s.db.transactionOf(ctx)
	if t == nil {
		return domain.Errorf(domain.Internal, "a change outside of a transaction")
	}
	t.whole.mu.Lock()
	defer t.whole.mu.Unlock()
	if err := t.whole.usable(); err != nil {
		return err
	}
	changes, ok := t.changes[s].(map[K]shelfChange[V])
	if !ok {
		changes = map[K]shelfChange[V]{}
		t.set(s, changes)
	}
	changes[key] = c
	return nil
}

func (s *shelf[K, V]) merge(there, changes any) any {
	if there == nil {
		return changes
	}
	merged := there.(map[K]shelfChange[V])
	for key, c := range changes.(map[K]shelfChange[V]) {
		merged[key] = c
	}
	return merged
}

func (s *shelf[K, V]) apply(changes any) {
	for key, c := range changes.(map[K]shelfChange[V]) {
		if c.gone {
			delete(s.kept, key)
		} else {
			s.kept[key] = c.value
		}
	}
}
