package memorystore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// txMap is a map whose changes take part in transactions. Values are not copied on the
// way in or out: callers copy what others could change.
type txMap[K comparable, V any] struct {
	db      *DB
	kept    map[K]V
	pending map[K]pendingValue[V] // the changes of the transaction under way
}

// pendingValue is what a transaction has put in place of a value.
type pendingValue[V any] struct {
	value V
	gone  bool
}

func newTxMap[K comparable, V any](db *DB) *txMap[K, V] {
	m := &txMap[K, V]{db: db, kept: map[K]V{}, pending: map[K]pendingValue[V]{}}
	db.mu.Lock()
	defer db.mu.Unlock()
	db.maps = append(db.maps, m)
	return m
}

// settle makes the changes of the transaction last, or drops them.
func (m *txMap[K, V]) settle(keep bool) {
	for key, p := range m.pending {
		switch {
		case !keep:
		case p.gone:
			delete(m.kept, key)
		default:
			m.kept[key] = p.value
		}
	}
	clear(m.pending)
}

// get returns the value of the key, as the transaction of ctx sees it.
func (m *txMap[K, V]) get(ctx context.Context, key K) (value V, found bool, err error) {
	err = m.db.use(ctx, func(t *transaction) {
		if p, changed := m.pending[key]; changed && t != nil {
			value, found = p.value, !p.gone
		} else {
			value, found = m.kept[key]
		}
	})
	return value, found, err
}

// all returns every key and value that keep accepts, as the transaction of ctx
// sees them.
func (m *txMap[K, V]) all(ctx context.Context, keep func(V) bool) (map[K]V, error) {
	accepted := map[K]V{}
	err := m.db.use(ctx, func(t *transaction) {
		for key, value := range m.kept {
			if _, changed := m.pending[key]; (!changed || t == nil) && keep(value) {
				accepted[key] = value
			}
		}
		for key, p := range m.pending {
			if t != nil && !p.gone && keep(p.value) {
				accepted[key] = p.value
			}
		}
	})
	return accepted, err
}

// put keeps the value, in the transaction of ctx, which there must be.
func (m *txMap[K, V]) put(ctx context.Context, key K, value V) error {
	return m.change(ctx, key, pendingValue[V]{value: value})
}

// remove removes the value, in the transaction of ctx, which there must be.
func (m *txMap[K, V]) remove(ctx context.Context, key K) error {
	return m.change(ctx, key, pendingValue[V]{gone: true})
}

func (m *txMap[K, V]) change(ctx context.Context, key K, p pendingValue[V]) error {
	if m.db.transactionOf(ctx) == nil {
		return kit.Errorf(kit.Internal, "a change outside of a transaction")
	}
	return m.db.use(ctx, func(t *transaction) {
		before, changed := m.pending[key]
		m.pending[key] = p
		t.undo = append(t.undo, func() {
			if changed {
				m.pending[key] = before
			} else {
				delete(m.pending, key)
			}
		})
	})
}
