package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// txMap is a map whose changes take part in transactions. Values are not copied on the
// way in or out: callers copy what others could change.
type txMap[K comparable, V any] struct {
	db   *DB
	kept map[K]V
}

// changeOf is what a transaction has put in place of a value.
type changeOf[V any] struct {
	value V
	gone  bool
}

func newTxMap[K comparable, V any](db *DB) *txMap[K, V] {
	return &txMap[K, V]{db: db, kept: map[K]V{}}
}

// get returns the value of the key, as the transaction of ctx sees it.
func (s *txMap[K, V]) get(ctx context.Context, key K) (value V, found bool, err error) {
	err = s.see(ctx, func(layers []map[K]changeOf[V]) {
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
func (s *txMap[K, V]) all(ctx context.Context, keep func(V) bool) (map[K]V, error) {
	accepted := map[K]V{}
	err := s.see(ctx, func(layers []map[K]changeOf[V]) {
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
func (s *txMap[K, V]) see(ctx context.Context, look func(layers []map[K]changeOf[V])) error {
	if err := s.db.usable(ctx); err != nil {
		return err
	}
	var layers []map[K]changeOf[V]
	t := s.db.transactionOf(ctx)
	if t != nil {
		t.shared.mu.Lock()
		defer t.shared.mu.Unlock()
		if err := t.shared.usable(); err != nil {
			return err
		}
	}
	for ; t != nil; t = t.outer {
		if changes, ok := t.changes[s]; ok {
			layers = append(layers, changes.(map[K]changeOf[V]))
		}
	}
	s.db.mu.RLock()
	defer s.db.mu.RUnlock()
	look(layers)
	return nil
}

// put keeps the value, in the transaction of ctx, which there must be.
func (s *txMap[K, V]) put(ctx context.Context, key K, value V) error {
	return s.change(ctx, key, changeOf[V]{value: value})
}

// remove removes the value, in the transaction of ctx, which there must be.
func (s *txMap[K, V]) remove(ctx context.Context, key K) error {
	return s.change(ctx, key, changeOf[V]{gone: true})
}

func (s *txMap[K, V]) change(ctx context.Context, key K, c changeOf[V]) error {
	if err := s.db.usable(ctx); err != nil {
		return err
	}
	t := s.db.transactionOf(ctx)
	if t == nil {
		return kit.Errorf(kit.Internal, "the change must be made in a transaction")
	}
	t.shared.mu.Lock()
	defer t.shared.mu.Unlock()
	if err := t.shared.usable(); err != nil {
		return err
	}
	changes, ok := t.changes[s].(map[K]changeOf[V])
	if !ok {
		changes = map[K]changeOf[V]{}
		t.set(s, changes)
	}
	changes[key] = c
	return nil
}

func (s *txMap[K, V]) merge(there, changes any) any {
	if there == nil {
		return changes
	}
	merged := there.(map[K]changeOf[V])
	for key, c := range changes.(map[K]changeOf[V]) {
		merged[key] = c
	}
	return merged
}

func (s *txMap[K, V]) apply(changes any) {
	for key, c := range changes.(map[K]changeOf[V]) {
		if c.gone {
			delete(s.kept, key)
		} else {
			s.kept[key] = c.value
		}
	}
}
