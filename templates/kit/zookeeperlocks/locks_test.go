package zookeeperlocks_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
	"github.com/outgrowkit/outgrow/templates/kit/zookeeperlocks"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

// short is a lease as that of suites whose servers fail, and long the longest that there may be.
const (
	short = 2 * time.Second
	long  = 10 * time.Minute
)

func open(t testing.TB, lease time.Duration, c zookeeperlocks.Config) *zookeeperlocks.Locks {
	t.Helper()
	l, err := zookeeperlocks.New(lease, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLocks(t *testing.T) {
	addr := testserver.ZooKeeper(t)
	lockstest.Run(t, func(t *testing.T) locks.Driver {
		return open(t, long, zookeeperlocks.Config{Addr: addr, Timeout: patient})
	})
}

func TestFaults(t *testing.T) {
	s := testserver.StartZooKeeper(t, nil)
	lockstest.Faults(t, s, open(t, short, zookeeperlocks.Config{Addr: s.Addr()}))
}

func TestCutOff(t *testing.T) {
	lockstest.CutOff(t, testserver.ZooKeeper(t), func(addr string) locks.Driver {
		return open(t, short, zookeeperlocks.Config{Addr: addr})
	})
}

func TestHistory(t *testing.T) {
	lockstest.History(t, func() string { return testserver.ZooKeeper(t) }, func(t *testing.T, addr string) locks.Driver {
		return open(t, short, zookeeperlocks.Config{Addr: addr, Timeout: patient})
	})
}

// TestNothingIsLeft shows that a lock whose release was not answered is released later, although
// the session of its process goes on.
func TestNothingIsLeft(t *testing.T) {
	addr := testserver.ZooKeeper(t)
	way := brokertest.NewProxy(t, "tcp://"+addr)
	here := open(t, long, zookeeperlocks.Config{Addr: strings.TrimPrefix(way.URL, "tcp://"), Timeout: time.Second})
	there := open(t, long, zookeeperlocks.Config{Addr: addr, Timeout: patient})
	name := lockstest.Name()
	drivertest.Eventually(t, "a lock is held", func() bool {
		token, err := here.Acquire(t.Context(), name, "first", long)
		return err == nil && token > 0
	})
	way.Frozen.Store(true)
	assert.Code(t, here.Release(t.Context(), name, "first"), kit.Unavailable)
	way.Cut()
	way.Frozen.Store(false)
	drivertest.Eventually(t, "another one gets it", func() bool {
		token, err := there.Acquire(t.Context(), name, "second", long)
		return err == nil && token > 0
	})
}

// TestNodesAreMadeAgain shows that tokens rise where somebody has removed all nodes.
func TestNodesAreMadeAgain(t *testing.T) {
	c := zookeeperlocks.Config{Addr: testserver.ZooKeeper(t), Path: "/removed", Timeout: patient}
	admin, _, err := zk.Connect([]string{c.Addr}, patient, zk.WithLogInfo(false))
	assert.NoError(t, err)
	t.Cleanup(admin.Close)
	last := int64(0)
	l := open(t, short, c)
	for i := range 3 {
		owner := strconv.Itoa(i)
		token, err := l.Acquire(t.Context(), "a", owner, short)
		assert.NoError(t, err)
		if token <= last {
			t.Errorf("the token %d comes after %d", token, last)
		}
		last = token
		assert.NoError(t, l.Release(t.Context(), "a", owner))
		remove(t, admin, c.Path)
	}
}

func remove(t *testing.T, c *zk.Conn, path string) {
	t.Helper()
	names, _, err := c.Children(path)
	assert.NoError(t, err)
	for _, name := range names {
		remove(t, c, path+"/"+name)
	}
	assert.NoError(t, c.Delete(path, -1))
}
