package drivertest

import (
	"context"
	"testing"
	"time"
)

// Server is one that a test can make fail.
type Server interface {
	Kill()
	Start()
	Freeze()
	Thaw()
}

// patience is how long a suite waits.
var patience = 30 * time.Second

// Patience has a suite wait no longer for what must happen: a broken driver does not do it.
func Patience(t *testing.T, wait time.Duration) {
	before := patience
	patience = wait
	t.Cleanup(func() { patience = before })
}

// Limit returns a context for what must happen.
func Limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, patience)
}

// Eventually waits for what must happen.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", patience, what)
		}
	}
}
