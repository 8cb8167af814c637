// Package kepttest is what the suites check alike of what not every store has: which entities
// and events were kept, and what a page cannot begin after.
package kepttest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// There checks whether there is an entity with the key of this one, which is as it should be.
func There[E any](ctx context.Context, t *testing.T, k storetest.Keeper[E], e E, there bool) {
	t.Helper()
	got, err := k.Get(ctx, e)
	if !there {
		assert.Code(t, err, kit.NotFound)
		return
	}
	assert.NoError(t, err)
	if !reflect.DeepEqual(got, e) {
		t.Errorf("got\n%+v\nwant\n%+v", got, e)
	}
}

// Events takes all events out of the outbox, and counts them.
func Events(t *testing.T, out storetest.Outbox, want int) {
	t.Helper()
	messages, err := out.Claim(t.Context(), want+10, time.Hour)
	assert.NoError(t, err)
	if len(messages) != want {
		t.Errorf("%d events were kept, want %d", len(messages), want)
	}
}

// errRefused is what a function returns to have its transaction rolled back.
var errRefused = errors.New("refused by the test")

// Undone does something in a transaction that is rolled back.
func Undone(t *testing.T, tx kit.Transactor, do func(ctx context.Context)) {
	t.Helper()
	err := tx.Within(t.Context(), func(ctx context.Context) error {
		do(ctx)
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of the function", err)
	}
}

// NotAfterGone checks that a list in an order does not go on, as if it were at its end, after
// an entity that is gone.
func NotAfterGone[E any](t *testing.T, k storetest.Keeper[E], find func(context.Context, kit.Page) (kit.Listing[E], error)) {
	t.Helper()
	page, err := find(t.Context(), kit.Page{Limit: 1})
	assert.NoError(t, err)
	if page.Next.IsZero() {
		return
	}
	Undone(t, k.Tx, func(ctx context.Context) {
		err := k.Delete(ctx, page.Items[0])
		if kit.CodeOf(err) == kit.Conflict { // another one refers to it
			return
		}
		assert.NoError(t, err)
		_, err = find(ctx, kit.Page{Limit: 1, After: page.Next})
		assert.Code(t, err, kit.Invalid)
	})
}
