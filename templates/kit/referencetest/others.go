package referencetest

import (
	"context"

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

// Needs are the keys that an entity has of others, nil if it has none, and those.
type Needs []struct {
	Key    *kit.UUID
	Others Others
}

// Put keeps the samples that have the keys.
func (all Needs) Put(ctx context.Context) error {
	for _, n := range all {
		if n.Key == nil {
			continue
		}
		number := int(n.Key[14])<<8 | int(n.Key[15]) // see storetest.SampleUUID
		if err := n.Others.Put(ctx, number); err != nil {
			return err
		}
	}
	return nil
}
