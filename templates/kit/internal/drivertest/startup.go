// Package drivertest is what the suites of drivers of servers check alike, and how they wait.
package drivertest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Driver is what is opened with a configuration.
type Driver interface {
	Ping(ctx context.Context) error
	Close() error
}

// Fault is a configuration that does not work, with the error that must say so.
type Fault[D Driver] struct {
	Open func() (D, error)
	Code kit.Code // Unavailable if the server may be back later: then it is Ping that says so
	Says string   // in the error
	Key  string   // that must be changed
}

// slow is how long it may take to tell: the timeout of a driver, with room for a busy machine.
const slow = 10 * time.Second

// StartUp shows that each fault is told soon, with what is wrong and the key to change, and
// without the secret.
func StartUp[D Driver](t *testing.T, keyOf func(error) string, secret string, faults map[string]Fault[D]) {
	for name, f := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			d, err := f.Open()
			if err == nil {
				err = d.Ping(t.Context())
				_ = d.Close()
			}
			if took := time.Since(began); took > slow {
				t.Errorf("it took %v", took)
			}
			if kit.CodeOf(err) != f.Code || !strings.Contains(err.Error(), f.Says) {
				t.Fatalf("got the error %v of code %s, want %q of code %s", err, kit.CodeOf(err), f.Says, f.Code)
			}
			if key := keyOf(err); key != f.Key {
				t.Errorf("%v: key %s, want %s", err, key, f.Key)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells the secret: %v", err)
			}
		})
	}
}
