package memorystore

import (
	"context"
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

var errUndone = errors.New("undone")

// TestNested draws transactions in transactions, some of which fail, and compares what
// each sees with a map that is copied where one begins.
func TestNested(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		db, m, want := New(storetest.Codec{}), txMap[int, int]{}, map[int]int{}
		for range 3 {
			want = nested(t, t.Context(), db, m, want, 3)
		}
		for key, v := range m {
			if v.committed == nil || v.committed != v.current {
				t.Errorf("after all transactions, %d has the versions %v", key, v)
			}
		}
	})
}

// nested runs a transaction and returns what is to be seen after it.
func nested(t *rapid.T, ctx context.Context, db *DB, m txMap[int, int], before map[int]int, depth int) map[int]int {
	want := maps.Clone(before)
	fails := rapid.Bool().Draw(t, "fails")
	err := db.Within(ctx, func(ctx context.Context) error {
		for range rapid.IntRange(0, 4).Draw(t, "steps") {
			if depth > 0 && rapid.Bool().Draw(t, "nests") {
				want = nested(t, ctx, db, m, want, depth-1)
				continue
			}
			step(t, ctx, db, m, want)
		}
		if fails {
			return errUndone
		}
		return nil
	})
	if fails {
		want = before
	}
	if fails != errors.Is(err, errUndone) {
		t.Errorf("got %v", err)
	}
	_ = db.use(ctx, func(tx *transaction) error {
		got := map[int]int{}
		for key, value := range m.all(tx) {
			got[key] = *value
		}
		if !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		return nil
	})
	return want
}

// step sets or removes a value.
func step(t *rapid.T, ctx context.Context, db *DB, m txMap[int, int], want map[int]int) {
	key, value := rapid.IntRange(0, 2).Draw(t, "key"), rapid.IntRange(0, 9).Draw(t, "value")
	err := db.write(ctx, func(tx *transaction) error {
		if value == 0 {
			delete(want, key)
			m.set(tx, key, nil)
		} else {
			want[key] = value
			m.set(tx, key, &value)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
