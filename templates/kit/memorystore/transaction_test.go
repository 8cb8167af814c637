package memorystore

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// TestATransactionKeepsOthersWaitingForALimitedTime, also where it waits itself for a
// change with another context.
func TestATransactionKeepsOthersWaitingForALimitedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := New(storetest.Codec{})
		var other, after error
		err := db.Within(t.Context(), func(ctx context.Context) error {
			if err := db.Emit(ctx, storetest.Event{About: "a", Text: "undone"}); err != nil {
				return err
			}
			other = db.Emit(t.Context(), storetest.Event{About: "a", Text: "kept"})
			after = db.Emit(ctx, storetest.Event{About: "a", Text: "undone"})
			return nil
		})
		if other != nil || kit.CodeOf(after) != kit.Unavailable || kit.CodeOf(err) != kit.Unavailable {
			t.Errorf("the other change: %v; the next of the transaction: %v; the transaction: %v", other, after, err)
		}
		if kept, err := db.Claim(t.Context(), 10, time.Minute); err != nil || len(kept) != 1 {
			t.Errorf("%d events were kept, and %v", len(kept), err)
		}
		time.Sleep(2 * timeout) // a timer that is left would fire
		if err := db.Emit(t.Context(), storetest.Event{About: "a", Text: "kept"}); err != nil {
			t.Error(err)
		}
	})
}
