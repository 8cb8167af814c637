package memorystore

import "iter"

// txMap is a map whose changes take part in transactions. Values are not copied on the
// way in or out: callers copy what others could change.
type txMap[K comparable, V any] map[K]*versions[V]

// versions are the values of a key; nil where it has none.
type versions[V any] struct {
	committed *V
	current   *V // what the transaction under way sees
}

// get returns the value of the key as the transaction sees it; nil if it has none.
func (m txMap[K, V]) get(t *transaction, key K) *V {
	v := m[key]
	switch {
	case v == nil:
		return nil
	case t == nil:
		return v.committed
	default:
		return v.current
	}
}

// all returns every key and value as the transaction sees them.
func (m txMap[K, V]) all(t *transaction) iter.Seq2[K, *V] {
	return func(yield func(K, *V) bool) {
		for key := range m {
			if value := m.get(t, key); value != nil && !yield(key, value) {
				return
			}
		}
	}
}

// set puts the value in place of what the key has in the transaction. Nil removes that.
func (m txMap[K, V]) set(t *transaction, key K, value *V) {
	v := m[key]
	if v == nil {
		v = &versions[V]{}
		m[key] = v
	}
	before := v.current
	v.current = value
	t.changes = append(t.changes, change{
		undo: func() { v.current = before },
		settle: func() {
			v.committed = v.current
			if v.current == nil {
				delete(m, key)
			}
		},
	})
}
