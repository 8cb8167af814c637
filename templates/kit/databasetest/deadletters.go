package databasetest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// DeadLetters tests what kit.DeadLetterQueue promises.
func DeadLetters(t *testing.T, open Open) {
	runKit(t, open, []kitTest{
		{"keeps a letter as it was", keepsLetters},
		{"gives letters page by page", pagesLetters},
		{"replaces the letter of the same message and group", replacesLetter},
		{"replays for the group alone", replaysLetter},
		{"replays for every group what is of none", replaysForAll},
		{"replays after the original is done", replaysAfterOriginal},
		{"has nothing of what was rolled back", rollsBackLetters},
	})
}

// letterNumber returns the nth letter in the order of ID, every field of it set.
func letterNumber(n byte) kit.DeadLetter {
	return kit.DeadLetter{
		ID: kit.UUID{0: 1, 15: n},
		Message: kit.Message{
			ID: kit.NewUUID(), Topic: "storetest.event", Key: fmt.Sprint("key ", n), Group: "x",
			Time: presentTime(), Payload: fmt.Appendf(nil, `{"Text":"%d"}`, n),
		},
		Error: fmt.Sprintf("attempt %d: 'Zoë' ✓", n), Attempts: int(n) + 1, FailedAt: presentTime().Add(time.Second),
	}
}

func wantLetters(t *testing.T, k kitUnderTest, want ...kit.DeadLetter) {
	t.Helper()
	got, err := k.Letters(t.Context(), kit.Page{Limit: 100})
	assert.NoError(t, err)
	if len(got.Items) != len(want) || len(want) > 0 && !reflect.DeepEqual(got.Items, want) {
		t.Errorf("got the letters\n%+v\nwant\n%+v", got.Items, want)
	}
}

func keepsLetters(t *testing.T, k kitUnderTest) {
	a, b := letterNumber(0), letterNumber(1)
	assert.NoError(t, k.Bury(t.Context(), b))
	assert.NoError(t, k.Bury(t.Context(), a))
	wantLetters(t, k, a, b)
}

func pagesLetters(t *testing.T, k kitUnderTest) {
	var want []kit.DeadLetter
	for n := range byte(5) {
		want = append(want, letterNumber(n))
		assert.NoError(t, k.Bury(t.Context(), want[n]))
	}
	pages := assert.Pages(t, 2, k.Letters)
	if len(pages) != 3 {
		t.Errorf("%d pages of 2, want 3", len(pages))
	}
	got := slices.Concat(pages...)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got the letters\n%+v\nwant\n%+v", got, want)
	}
}

func replacesLetter(t *testing.T, k kitUnderTest) {
	first, other, second := letterNumber(0), letterNumber(1), letterNumber(2)
	second.Message = first.Message
	other.Message.ID, other.Message.Group = first.Message.ID, "y"
	for _, d := range []kit.DeadLetter{first, other, second} {
		assert.NoError(t, k.Bury(t.Context(), d))
	}
	wantLetters(t, k, other, second)
}

func replaysLetter(t *testing.T, k kitUnderTest) {
	a, b := letterNumber(0), letterNumber(1)
	assert.NoError(t, k.Bury(t.Context(), a))
	assert.NoError(t, k.Bury(t.Context(), b))
	assert.NoError(t, k.Replay(t.Context(), a.ID))
	wantLetters(t, k, b)
	got := k.wantClaim(t, "0")
	if !reflect.DeepEqual(got[0], a.Message) {
		t.Errorf("replayed as\n%+v\nwant\n%+v", got[0], a.Message)
	}
	assert.Code(t, k.Replay(t.Context(), a.ID), kit.NotFound)
}

// replaysForAll replays a message that the bus could not take: it is of no group.
func replaysForAll(t *testing.T, k kitUnderTest) {
	d := letterNumber(0)
	d.Message.Group = ""
	assert.NoError(t, k.Bury(t.Context(), d))
	wantLetters(t, k, d)
	assert.NoError(t, k.Replay(t.Context(), d.ID))
	wantLetters(t, k)
	if got := k.wantClaim(t, "0"); !reflect.DeepEqual(got[0], d.Message) {
		t.Errorf("replayed as\n%+v\nwant\n%+v", got[0], d.Message)
	}
}

// replaysAfterOriginal replays for one group while the message is still on its
// way to another: it must not be lost when the original is done.
func replaysAfterOriginal(t *testing.T, k kitUnderTest) {
	k.emit(t, t.Context(), "a", "1")
	original := k.wantClaim(t, "1")
	d := letterNumber(0)
	d.Message = original[0]
	d.Message.Group = "x"
	assert.NoError(t, k.Bury(t.Context(), d))
	assert.NoError(t, k.Replay(t.Context(), d.ID))
	k.emit(t, t.Context(), "b", "2")
	assert.NoError(t, k.Done(t.Context(), idsOf(k.claim(t, 10))...))
	assert.NoError(t, k.Done(t.Context(), original[0].ID))
	for _, m := range k.claim(t, 10) {
		if m.ID == original[0].ID && m.Group == "x" {
			assert.NoError(t, k.Done(t.Context(), m.ID))
		}
	}
	k.wantLag(t, 0)
}

func rollsBackLetters(t *testing.T, k kitUnderTest) {
	kept, undone := letterNumber(0), letterNumber(1)
	assert.NoError(t, k.Bury(t.Context(), kept))
	_ = k.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, k.Bury(ctx, undone))
		assert.NoError(t, k.Replay(ctx, kept.ID))
		return errRefused
	})
	wantLetters(t, k, kept)
	k.wantLag(t, 0)
}
