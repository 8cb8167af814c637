package cachetest

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// Fault is a configuration that does not work, with the error that must say so.
type Fault = drivertest.Fault[cache.Driver]

// StartUp shows that each fault is told soon, with what is wrong and the key to change, and
// without the word "secret", which passwords in faults have.
func StartUp(t *testing.T, keyOf func(error) string, faults map[string]Fault) {
	drivertest.StartUp(t, keyOf, "secret", faults)
}
