package referencetest

import (
	"context"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Others keep the ith sample of other stores, each unless it is there, what others need first.
type Others []func(ctx context.Context, i int) error

// Sample returns a function that inserts the ith sample of a store, unless it is there.
func Sample[T any](sample func(i int) *T, insert func(context.Context, T, ...kit.Event) error) func(context.Context, int) error {
	return func(ctx context.Context, i int) error {
		err := insert(ctx, *sample(i))
		if kit.CodeOf(err) == kit.AlreadyExists {
			return nil
		}
		return err
	}
}

// Put keeps the ith sample of each.
func (o Others) Put(ctx context.Context, i int) error {
	for _, put := range o {
		if err := put(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// Numbers are those of the samples that have keys.
type Numbers struct{ byKey sync.Map }

// Note notes the keys that the ith sample of an entity refers to: those of the ith samples of
// other stores.
func (n *Numbers) Note(i int, keys ...kit.Cursor) {
	for _, key := range keys {
		n.byKey.Store(key, i)
	}
}

// Put keeps the sample that has a key which an entity has, unless it has none.
func (n *Numbers) Put(ctx context.Context, key kit.Cursor, o Others) error {
	i, ok := n.byKey.Load(key)
	if key.IsZero() || !ok {
		return nil
	}
	return o.Put(ctx, i.(int))
}
