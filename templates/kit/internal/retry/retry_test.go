package retry_test

import (
	"context"
	"errors"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// TestUntil shows that a handler is called until it returns no error, that a panic
// counts as one, and that it is not called once the context has ended.
func TestUntil(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := retry.Until(ctx, func() error {
		switch calls++; calls {
		case 1:
			return errors.New("on purpose")
		case 2:
			panic("on purpose")
		default:
			return nil
		}
	})
	if err != nil || calls != 3 {
		t.Errorf("%d calls, %v", calls, err)
	}
	err = retry.Until(ctx, func() error {
		calls++
		cancel()
		return errors.New("on purpose")
	})
	if !errors.Is(err, context.Canceled) || calls != 4 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
