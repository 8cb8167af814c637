package databasetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// Outbox tests what kit.Emitter and kit.Outbox promise.
func Outbox(t *testing.T, open Open) {
	runKit(t, open, []kitTest{
		{"gives messages in order", givesInOrder},
		{"keeps a message as it was", keepsMessages},
		{"claims a message once", claimsOnce},
		{"claims up to the limit", claimsUpToLimit},
		{"claims up to a limit of bytes", claimsUpToBytes},
		{"forgets what is done", forgetsDone},
		{"gives released messages again, in order", givesReleased},
		{"keeps what was released", keepsReleased},
		{"gives messages again after the lease", givesExpired},
		{"has nothing of what was rolled back", hasNothingRolledBack},
		{"refuses an unknown event with all others", refusesUnknown},
		{"emits nothing for no events", emitsNothing},
		{"shows nothing before the commit", showsNothingEarly},
		{"wakes who waits", wakesWaiting},
		{"tells how far behind it is", tellsLag},
		{"loses nothing under load", losesNothing},
	})
}

func givesInOrder(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1")
	k.emit(t, t.Context(), "b", "2")
	assert.NoError(t, k.Emit(t.Context(),
		storetest.Event{About: "a", Text: "3"}, storetest.Event{About: "a", Text: "4"}, storetest.Event{About: "b", Text: "5"}))
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		k.emit(t, ctx, "a", "6", "7")
		return nil
	}))
	k.wantClaim(t, "1", "2", "3", "4", "5", "6", "7")
}

func keepsMessages(t *testing.T, k kitUnderTest) {
	texts := []string{"", "plain", "Zoë ✓ 𝄞 — 'quoted' \"twice\" \\ %_;--\n\t", strings.Repeat("✓", 100_000)}
	before := presentTime()
	k.emit(t, t.Context(), "a 'key' — ✓", texts...)
	seen := map[kit.UUID]bool{}
	for _, m := range k.wantClaim(t, texts...) {
		if m.Topic != "storetest.event" || m.Key != "a 'key' — ✓" || m.Group != "" {
			t.Errorf("got topic %q, key %q, group %q", m.Topic, m.Key, m.Group)
		}
		if m.Time.Before(before) || m.Time.After(presentTime()) || m.Time.Location() != time.UTC {
			t.Errorf("it was written at %v, not after %v", m.Time, before)
		}
		if m.ID.IsZero() || seen[m.ID] {
			t.Errorf("the ID %v is not its own", m.ID)
		}
		seen[m.ID] = true
	}
}

func claimsOnce(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2")
	k.wantClaim(t, "1", "2")
	k.wantClaim(t)
	k.emit(t, t.Context(), "a", "3")
	k.wantClaim(t, "3")
	k.wantLag(t, 3)
}

func claimsUpToLimit(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2", "3", "4", "5")
	for _, want := range []int{2, 2, 1, 0} {
		if got := k.claim(t, 2); len(got) != want {
			t.Fatalf("claimed %d messages, want %d", len(got), want)
		}
	}
}

// claimsUpToBytes claims large messages among small ones: a claim ends with the one that
// exceeds the limit, and the next goes on after it.
func claimsUpToBytes(t *testing.T, k kitUnderTest) {
	const large = kit.MaxPageBytes / 3
	var want []string
	for n := range 10 {
		text := fmt.Sprint(n, strings.Repeat("x", n%2*large))
		want = append(want, text)
		k.emit(t, t.Context(), "a", text)
	}
	var got []string
	for len(got) < len(want) {
		messages := k.claim(t, 1000)
		size := 0
		for _, m := range messages[:max(0, len(messages)-1)] {
			size += len(m.Payload)
		}
		if len(messages) == 0 || size >= kit.MaxPageBytes {
			t.Fatalf("claimed %d messages after %d, of %d bytes and more", len(messages), len(got), size)
		}
		got = append(got, textsOf(t, messages)...)
	}
	if !slices.Equal(got, want) {
		t.Error("other messages were claimed, or in another order")
	}
}

func forgetsDone(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2", "3")
	claimed := idsOf(k.wantClaim(t, "1", "2", "3"))
	assert.NoError(t, k.Done(t.Context(), claimed[0], claimed[2]))
	k.wantLag(t, 1)
	assert.NoError(t, k.Done(t.Context()))
	assert.NoError(t, k.Done(t.Context(), claimed[0], kit.NewUUID()))
	assert.NoError(t, k.Release(t.Context(), claimed...))
	k.emit(t, t.Context(), "a", "4")
	assert.NoError(t, k.Done(t.Context(), idsOf(k.wantClaim(t, "2", "4"))...))
	k.wantLag(t, 0)
	k.wantClaim(t)
	k.emit(t, t.Context(), "a", "5")
	k.wantClaim(t, "5")
}

func givesReleased(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2", "3", "4")
	claimed := idsOf(k.wantClaim(t, "1", "2", "3", "4"))
	assert.NoError(t, k.Release(t.Context(), claimed[2]))
	assert.NoError(t, k.Release(t.Context(), claimed[1], kit.NewUUID()))
	k.emit(t, t.Context(), "a", "5")
	k.wantClaim(t, "2", "3", "5")
	k.wantClaim(t)
}

func keepsReleased(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2")
	claimed := idsOf(k.wantClaim(t, "1", "2"))
	assert.NoError(t, k.Release(t.Context(), claimed[0]))
	assert.NoError(t, k.Done(t.Context(), claimed...))
	k.wantLag(t, 1)
	k.wantClaim(t, "1")
}

func givesExpired(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1", "2")
	first, err := k.Claim(t.Context(), 1, longLease)
	assert.NoError(t, err)
	brief, err := k.Claim(t.Context(), 1, time.Millisecond)
	assert.NoError(t, err)
	if len(first) != 1 || len(brief) != 1 {
		t.Fatalf("claimed %d and %d messages, want one each", len(first), len(brief))
	}
	var again []kit.Message
	for len(again) == 0 && t.Context().Err() == nil {
		again = k.claim(t, 10)
	}
	if len(again) != 1 || again[0].ID != brief[0].ID {
		t.Errorf("claimed %q again, want 2", textsOf(t, again))
	}
	assert.NoError(t, k.Done(t.Context(), idsOf(again)...))
	k.wantLag(t, 1)
}

func hasNothingRolledBack(t *testing.T, k kitUnderTest) {
	_ = k.Within(t.Context(), func(ctx context.Context) error {
		k.emit(t, ctx, "a", "1")
		return errRefused
	})
	k.emit(t, t.Context(), "a", "2")
	k.wantClaim(t, "2")
}

func refusesUnknown(t *testing.T, k kitUnderTest) {
	assert.Code(t, k.Emit(t.Context(), storetest.Event{About: "a", Text: "1"}, storetest.UnknownEvent{}), kit.Invalid)
	k.wantLag(t, 0)
}

func emitsNothing(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Emit(t.Context()))
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error { return k.Emit(ctx) }))
	k.wantLag(t, 0)
}

func showsNothingEarly(t *testing.T, k kitUnderTest) {
	assert.NoError(t, k.Within(t.Context(), func(ctx context.Context) error {
		k.emit(t, ctx, "a", "1")
		k.wantClaim(t)
		return nil
	}))
	k.wantClaim(t, "1")
}

func wakesWaiting(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1")
	wantWake(t, k)
	claimed := k.wantClaim(t, "1")
	assert.NoError(t, k.Release(t.Context(), idsOf(claimed)...))
	wantWake(t, k)
}

func wantWake(t *testing.T, k kitUnderTest) {
	t.Helper()
	select {
	case <-k.Wake():
	case <-time.After(10 * time.Second):
		t.Error("nobody was woken")
	}
}

func tellsLag(t *testing.T, k kitUnderTest) {
	_, oldest, err := k.Lag(t.Context())
	assert.NoError(t, err)
	if !oldest.IsZero() {
		t.Errorf("nothing waits, yet the oldest is of %v", oldest)
	}
	k.emit(t, t.Context(), "a", "1")
	after := presentTime()
	k.emit(t, t.Context(), "a", "2", "3")
	waiting, oldest, err := k.Lag(t.Context())
	assert.NoError(t, err)
	if waiting != 3 || oldest.After(after) || oldest.IsZero() {
		t.Errorf("%d wait since %v, want 3 since before %v", waiting, oldest, after)
	}
}

// losesNothing has many write, each to a key of its own, while one claims.
func losesNothing(t *testing.T, k kitUnderTest) {
	const writers, each = 12, 40
	done := make(chan struct{})
	go func() {
		defer close(done)
		assert.Concurrently(writers, func(w int) { writeNumbers(t, k, fmt.Sprint(w), each) })
	}()
	defer func() { <-done }()
	next := map[string]int{}
	for total := 0; total < writers*each; {
		total += takeNumbers(t, k, next)
		select {
		case <-done:
			if left, _, err := k.Lag(t.Context()); err != nil || left == 0 && total < writers*each {
				t.Fatalf("%d messages arrived of %d (%v)", total, writers*each, err)
			}
		default:
		}
	}
	k.wantLag(t, 0)
}

// writeNumbers emits the numbers, and others that are rolled back.
func writeNumbers(t *testing.T, k kitUnderTest, key string, n int) {
	for i := range n {
		_ = k.Within(t.Context(), func(ctx context.Context) error {
			return errors.Join(errRefused, k.Emit(ctx, storetest.Event{About: key, Text: "rolled back"}))
		})
		if err := k.Emit(t.Context(), storetest.Event{About: key, Text: fmt.Sprint(i)}); err != nil {
			t.Error(err)
		}
	}
}

// takeNumbers claims some messages and checks that each is its key's next.
func takeNumbers(t *testing.T, k kitUnderTest, next map[string]int) int {
	t.Helper()
	messages := k.claim(t, 7)
	for i, text := range textsOf(t, messages) {
		key := messages[i].Key
		if want := fmt.Sprint(next[key]); text != want {
			t.Fatalf("key %s: %s came where %s was due", key, text, want)
		}
		next[key]++
	}
	assert.NoError(t, k.Done(t.Context(), idsOf(messages)...))
	return len(messages)
}
