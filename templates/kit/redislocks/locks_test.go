package redislocks_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/redislocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

func open(t testing.TB, c redislocks.Config) *redislocks.Locks {
	t.Helper()
	l, err := redislocks.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestRedis(t *testing.T)  { suite(t, testserver.Redis(t)) }
func TestValkey(t *testing.T) { suite(t, testserver.Valkey(t)) }

func suite(t *testing.T, addr string) {
	lockstest.Run(t, func(t *testing.T) locks.Driver { return open(t, redislocks.Config{Addr: addr, Timeout: patient}) })
}

func TestFaults(t *testing.T) {
	s := testserver.StartRedis(t, nil)
	lockstest.Faults(t, s, open(t, redislocks.Config{Addr: s.Addr()}))
}

func TestCutOff(t *testing.T) {
	lockstest.CutOff(t, testserver.Redis(t), func(addr string) locks.Driver { return open(t, redislocks.Config{Addr: addr}) })
}

func TestHistory(t *testing.T) {
	lockstest.History(t, func() string { return testserver.Redis(t) }, func(t *testing.T, addr string) locks.Driver {
		return open(t, redislocks.Config{Addr: addr})
	})
}
