package lockstest

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// Fault is a configuration that does not work, with the error that must say so.
type Fault = drivertest.Fault[locks.Driver]

// StartUp shows that each fault is told soon, with what is wrong and the key to change, and
// without the word "secret", which passwords in faults have.
func StartUp(t *testing.T, keyOf func(error) string, faults map[string]Fault) {
	drivertest.StartUp(t, keyOf, "secret", faults)
}

// Late shows that a server which is away at the start is used once it is there.
func Late(t *testing.T, server drivertest.Server, open func() locks.Driver) {
	server.Kill()
	l := over(t, open())
	isAway(t, l)
	server.Start()
	works(t, l, Name())
}
