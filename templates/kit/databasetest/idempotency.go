package databasetest

import (
	"bytes"
	"context"
	"maps"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Idempotency tests what kit.Idempotency promises.
func Idempotency(t *testing.T, open Open) {
	runKit(t, open, []kitTest{
		{"keeps a reply as it was", keepsReplies},
		{"keeps the first reply", keepsFirstReply},
		{"keeps the reply of one of many", keepsOneReply},
		{"takes part in transactions", repliesInTransactions},
		{"forgets what is old", expiresReplies},
	})
}

func wantReply(t *testing.T, k kitUnderTest, key string, want kit.Reply) {
	t.Helper()
	got, err := k.Recall(t.Context(), key)
	assert.NoError(t, err)
	if got.Request != want.Request || got.Status != want.Status ||
		!maps.Equal(got.Header, want.Header) || !bytes.Equal(got.Body, want.Body) {
		t.Errorf("%q: got the reply\n%+v\nwant\n%+v", key, got, want)
	}
}

func keepsReplies(t *testing.T, k kitUnderTest) {
	replies := map[string]kit.Reply{
		"all of it":       {Request: [32]byte{1, 31: 255}, Status: 201, Header: map[string]string{"Location": "/notes/1", "Etag": `"1"`}, Body: []byte("{\"a\":\"Zoë\"}\n\x00\xff")},
		"nothing but it":  {Status: 204},
		"'; -- ✓ %_\\ \t": {Status: 200, Header: map[string]string{}, Body: []byte{}},
	}
	for key, r := range replies {
		_, err := k.Recall(t.Context(), key)
		assert.Code(t, err, kit.NotFound)
		assert.NoError(t, k.Remember(t.Context(), key, r, presentTime()))
	}
	for key, r := range replies {
		wantReply(t, k, key, r)
	}
}

func keepsFirstReply(t *testing.T, k kitUnderTest) {
	first := kit.Reply{Status: 201, Body: []byte("first")}
	assert.NoError(t, k.Remember(t.Context(), "a", first, presentTime()))
	assert.Code(t, k.Remember(t.Context(), "a", kit.Reply{Status: 500}, presentTime()), kit.AlreadyExists)
	wantReply(t, k, "a", first)
}

func keepsOneReply(t *testing.T, k kitUnderTest) {
	var kept atomic.Int64
	assert.Concurrently(16, func(int) {
		err := k.put(t.Context(), "a")
		if err == nil {
			kept.Add(1)
		} else {
			assert.Code(t, err, kit.AlreadyExists)
		}
	})
	if kept.Load() != 1 {
		t.Errorf("%d replies were kept for one key", kept.Load())
	}
}

func repliesInTransactions(t *testing.T, k kitUnderTest) {
	_ = k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.put(ctx, "a"))
		assert.Code(t, k.put(ctx, "a"), kit.AlreadyExists)
		if !k.has(t, ctx, "a") {
			t.Error("the transaction does not see its own reply")
		}
		return errRefused
	})
	k.wantKeys(t, map[string]bool{"a": false})
}

func expiresReplies(t *testing.T, k kitUnderTest) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	assert.NoError(t, k.Remember(t.Context(), "old", kit.Reply{}, noon.Add(-time.Microsecond)))
	assert.NoError(t, k.Remember(t.Context(), "new", kit.Reply{}, noon))
	n, err := k.Expire(t.Context(), noon)
	assert.NoError(t, err)
	if n != 1 {
		t.Errorf("%d replies were forgotten, want 1", n)
	}
	k.wantKeys(t, map[string]bool{"old": false, "new": true})
}
