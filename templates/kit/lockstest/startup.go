package lockstest

import (
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// Fault is a configuration that does not work, with the error that must say so.
type Fault struct {
	Open func() (locks.Driver, error)
	Code kit.Code
	Says string // in the error
	Key  string // that must be changed
}

// StartUp shows that each fault is told soon, with what is wrong and the key to change.
func StartUp(t *testing.T, keyOf func(error) string, faults map[string]Fault) {
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
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells the password: %v", err)
			}
		})
	}
}

// Late shows that a server which is away at the start is used once it is there.
func Late(t *testing.T, server Server, open func() locks.Driver) {
	server.Kill()
	l := over(t, open())
	isAway(t, l)
	server.Start()
	works(t, l, Name())
}
