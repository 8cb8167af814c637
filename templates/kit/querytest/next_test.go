package querytest_test

import (
	"context"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/querytest"
)

// lastOf are the last numbers of stores.
type lastOf struct{ all sync.Map }

func (l *lastOf) next(ctx context.Context, k keeper, of any) (int64, error) {
	last, _ := l.all.LoadOrStore(of, new(int64))
	return memorystore.Next(ctx, tableOf(k), last.(*int64))
}

// nextSize returns methods that number as next does.
func nextSize(next func(ctx context.Context, k keeper, l *lastOf) (int64, error)) func(methods) methods {
	var l lastOf
	return func(m methods) methods {
		m.Numbers = []querytest.Number[*item]{{
			Name: "NextSize",
			Next: func(ctx context.Context, k keeper) (int64, error) { return next(ctx, k, &l) },
			Set:  func(v **item, number int64) { next := **v; next.Size = number; *v = &next },
		}}
		return m
	}
}

func rises(ctx context.Context, k keeper, l *lastOf) (int64, error) { return l.next(ctx, k, k.Store) }

func beginsWithNothing(ctx context.Context, k keeper, l *lastOf) (int64, error) {
	n, err := rises(ctx, k, l)
	return n - 1, err
}

func goesOnWithoutContext(_ context.Context, k keeper, l *lastOf) (int64, error) {
	return rises(context.Background(), k, l)
}

func beginsAnewInTransactions(ctx context.Context, k keeper, l *lastOf) (int64, error) {
	return l.next(ctx, k, ctx)
}

func countsWhatIsThere(ctx context.Context, k keeper, _ *lastOf) (int64, error) {
	found, err := tableOf(k).FindSorted(ctx, kit.Page{Limit: 1}, func(*item) bool { return true }, bySize, true)
	if len(found.Items) == 0 {
		return 1, err
	}
	return found.Items[0].Size + 1, err
}

func returnsEachTwice(ctx context.Context, k keeper, l *lastOf) (int64, error) {
	n, err := rises(ctx, k, l)
	return (n + 1) / 2, err
}
