package blobstest

import (
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// Fault is a configuration that does not work, with the error that must say so.
type Fault struct {
	Open func() (blobs.Driver, error)
	Code kit.Code // Unavailable if the server may be back later: then it is Ping that says so
	Says string   // in the error
	Key  string   // that must be changed
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
			if strings.Contains(err.Error(), "hidden") {
				t.Errorf("the error tells the secret key: %v", err)
			}
		})
	}
}
