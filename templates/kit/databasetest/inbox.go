package databasetest

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Inbox tests what kit.Inbox promises.
func Inbox(t *testing.T, open Open) {
	runKit(t, open, []kitTest{
		{"tells the first time for each group", marksFirst},
		{"forgets a mark that was rolled back", forgetsRolledBackMark},
		{"tells the first time to one of many", marksFirstOfMany},
		{"forgets what is old", purgesMarks},
	})
}

func (k kitUnderTest) wantMark(t *testing.T, ctx context.Context, group string, id kit.UUID, want bool) {
	t.Helper()
	marked, err := k.Marked(ctx, group, id)
	assert.NoError(t, err)
	if marked == want {
		t.Errorf("marked is %v for group %s before it is marked", marked, group)
	}
	first, err := k.Mark(ctx, group, id)
	assert.NoError(t, err)
	if first != want {
		t.Errorf("first is %v for group %s, want %v", first, group, want)
	}
}

func marksFirst(t *testing.T, k kitUnderTest) {
	a, b := kit.NewUUID(), kit.NewUUID()
	k.wantMark(t, t.Context(), "x", a, true)
	k.wantMark(t, t.Context(), "x", a, false)
	k.wantMark(t, t.Context(), "y", a, true)
	k.wantMark(t, t.Context(), "x", b, true)
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		k.wantMark(t, ctx, "z", a, true)
		k.wantMark(t, ctx, "z", a, false)
		k.wantMark(t, ctx, "x", a, false)
		return nil
	}))
}

func forgetsRolledBackMark(t *testing.T, k kitUnderTest) {
	id := kit.NewUUID()
	_ = k.Within(t.Context(), func(ctx context.Context) error {
		k.wantMark(t, ctx, "x", id, true)
		return errRefused
	})
	k.wantMark(t, t.Context(), "x", id, true)
}

func marksFirstOfMany(t *testing.T, k kitUnderTest) {
	id := kit.NewUUID()
	var firsts atomic.Int64
	assert.Concurrently(16, func(int) {
		first, err := k.Mark(t.Context(), "x", id)
		if err != nil {
			t.Error(err)
		}
		if first {
			firsts.Add(1)
		}
	})
	if firsts.Load() != 1 {
		t.Errorf("%d of 16 were told that they are the first", firsts.Load())
	}
}

func purgesMarks(t *testing.T, k kitUnderTest) {
	const marks = 2500
	all := make([]kit.UUID, marks)
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		for i := range all {
			all[i] = kit.NewUUID()
			k.wantMark(t, ctx, "x", all[i], true)
		}
		return nil
	}))
	wantPurged(t, k, time.Now().Add(-time.Hour), 0)
	k.wantMark(t, t.Context(), "x", all[0], false)
	wantPurged(t, k, time.Now().Add(time.Hour), marks)
	k.wantMark(t, t.Context(), "x", all[0], true)
}

func wantPurged(t *testing.T, k kitUnderTest, before time.Time, want int64) {
	t.Helper()
	n, err := k.Purge(t.Context(), before)
	assert.NoError(t, err)
	if n != want {
		t.Errorf("%d marks were purged, want %d", n, want)
	}
}
