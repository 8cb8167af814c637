package etcdlocks_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/etcdlocks"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

func open(t testing.TB, c etcdlocks.Config) *etcdlocks.Locks {
	t.Helper()
	l, err := etcdlocks.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLocks(t *testing.T) {
	addr := testserver.Etcd(t)
	lockstest.Run(t, func(t *testing.T) locks.Driver { return open(t, etcdlocks.Config{Addr: addr, Timeout: patient}) })
}

func TestFaults(t *testing.T) {
	s := testserver.StartEtcd(t, nil)
	lockstest.Faults(t, s, open(t, etcdlocks.Config{Addr: s.Addr()}))
}

func TestCutOff(t *testing.T) {
	lockstest.CutOff(t, testserver.Etcd(t), func(addr string) locks.Driver { return open(t, etcdlocks.Config{Addr: addr}) })
}

func TestHistory(t *testing.T) {
	lockstest.History(t, func() string { return testserver.Etcd(t) }, func(t *testing.T, addr string) locks.Driver {
		return open(t, etcdlocks.Config{Addr: addr})
	})
}
