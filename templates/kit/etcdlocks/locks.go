// Package etcdlocks keeps locks on etcd.
//
// A lock is a key with a lease of its own, made in a transaction if there is none. To end the
// lease is to release the lock: that can neither release nor remove what another one has made
// since. A token is the revision of that transaction, after an offset that only rises: it is
// chosen so that tokens are higher than those of another adapter before.
package etcdlocks

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strconv"
	"sync"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	etcd "go.etcd.io/etcd/client/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Config says where the servers are. Zero values stand for the defaults.
type Config struct {
	Addr     string // host:port, several of a cluster separated by commas; 127.0.0.1:2379
	User     string // none
	Password kit.Secret
	remote.TLS

	Timeout time.Duration // to connect, and for each request; 1s
}

func (c Config) filled() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:2379")
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	remote.CheckServer(report, c.Addr, "127.0.0.1:2379", "", c.Timeout)
	if (c.User == "") != c.Password.IsZero() {
		report("User", "and Password go together")
	}
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(err error) string { return remote.KeyOf(err) }

// Locks is a locks.Driver on a cluster.
type Locks struct {
	server *server

	mu     sync.Mutex
	leases map[string]etcd.LeaseID // of the owners that this process knows
}

// New returns locks. A cluster that is away is no error: it is connected to later, and Ping
// says why it is. The error is Invalid if the configuration cannot be right.
func New(c Config) (*Locks, error) {
	s, err := newServer(c.filled())
	if err != nil {
		return nil, err
	}
	return &Locks{server: s, leases: map[string]etcd.LeaseID{}}, nil
}

func keyOf(name string) string { return "locks/" + name }

// Acquire gives an owner a lock: see locks.Driver.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (token int64, err error) {
	err = l.server.do(ctx, func(ctx context.Context, c *etcd.Client) error {
		found, err := c.Get(ctx, keyOf(name), etcd.WithCountOnly())
		if err != nil || found.Count > 0 {
			return err
		}
		granted, err := c.Grant(ctx, int64(math.Ceil(lease.Seconds())))
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.leases[owner] = granted.ID
		l.mu.Unlock()
		made, err := c.Txn(ctx).
			If(etcd.Compare(etcd.CreateRevision(keyOf(name)), "=", 0), etcd.Compare(etcd.CreateRevision(offsetKey), ">", 0)).
			Then(etcd.OpPut(keyOf(name), owner, etcd.WithLease(granted.ID)), etcd.OpGet(offsetKey)).Commit()
		if err != nil || !made.Succeeded {
			l.server.forget() // it may be the offset that is not there
			return err
		}
		offset, err := strconv.ParseInt(string(made.Responses[1].GetResponseRange().Kvs[0].Value), 10, 64)
		token = offset + made.Header.Revision
		return err
	})
	if token == 0 && err == nil {
		err = l.Release(ctx, name, owner) // another one was quicker
	}
	return token, err
}

// lease returns the lease of an owner, if it is known here.
func (l *Locks) lease(owner string) (etcd.LeaseID, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id, known := l.leases[owner]
	return id, known
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, _, owner string, _ time.Duration) (held bool, err error) {
	id, known := l.lease(owner)
	err = l.server.do(ctx, func(ctx context.Context, c *etcd.Client) error {
		if !known {
			return nil
		}
		_, err := c.KeepAliveOnce(ctx, id)
		if held = err == nil; errors.Is(err, rpctypes.ErrLeaseNotFound) {
			err = nil
		}
		return err
	})
	return held, err
}

// Release ends a lease: see locks.Driver.
func (l *Locks) Release(ctx context.Context, _, owner string) error {
	id, known := l.lease(owner)
	return l.server.do(ctx, func(ctx context.Context, c *etcd.Client) error {
		if !known {
			return nil
		}
		_, err := c.Revoke(ctx, id)
		if errors.Is(err, rpctypes.ErrLeaseNotFound) {
			err = nil
		}
		l.mu.Lock()
		delete(l.leases, owner) // if it was not answered, the lease ends by itself
		l.mu.Unlock()
		return err
	})
}

// Wait returns when a lock is released: see locks.Driver.
func (l *Locks) Wait(ctx context.Context, name string) {
	c, err := l.server.connect(ctx)
	if err != nil {
		<-ctx.Done()
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range c.Watch(ctx, keyOf(name), etcd.WithFilterPut()) {
		return
	}
	<-ctx.Done()
}

// Ping returns nil if the cluster answers.
func (l *Locks) Ping(ctx context.Context) error {
	return l.server.do(ctx, func(ctx context.Context, c *etcd.Client) error {
		_, err := c.Get(ctx, offsetKey)
		return err
	})
}

// Close ends the connections.
func (l *Locks) Close() error { return l.server.close() }
