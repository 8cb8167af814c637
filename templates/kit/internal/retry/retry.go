// Package retry calls again what has failed.
package retry

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Pause waits for a random time up to a limit, so that what failed together is not
// tried again together. It returns the error of ctx if that ends before.
func Pause(ctx context.Context, limit time.Duration) error {
	return Wait(ctx, rand.N(limit)+1)
}

// Wait waits for a time, or until ctx ends, whose error it returns then.
func Wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// longestPause is that of Until. How often to try, and how patiently, is up to what it
// calls.
const longestPause = 100 * time.Millisecond

// Until calls a function until it returns no error, or ctx ends. Then the error is
// that of ctx. A panic counts as an error.
func Until(ctx context.Context, call func() error) error {
	for ctx.Err() == nil {
		if Recovered(call) == nil {
			return nil
		}
		_ = Pause(ctx, longestPause) // the loop notices when ctx ends
	}
	return ctx.Err()
}

// Recovered calls a function and returns a panic as an error.
func Recovered(call func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}
