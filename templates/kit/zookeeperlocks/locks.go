// Package zookeeperlocks keeps locks on ZooKeeper.
//
// A lock is two nodes, which are made and removed together: one has its name, and is there once,
// the other one that of its owner, which no other lock ever has. So who releases a lock cannot
// remove what another one has made since. Both end with the session of the process that has
// them, of which the server says when that is: no clock is compared. A token is what a node
// counts, from a number that only rises: it is chosen so that tokens are higher than those of
// another adapter before.
package zookeeperlocks

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-zookeeper/zk"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
)

// Config says where the servers are. Zero values stand for the defaults.
type Config struct {
	Addr     string // host:port, several of a cluster separated by commas; 127.0.0.1:2181
	User     string // for the nodes, which nobody else may use then; none
	Password kit.Secret
	remote.TLS

	Path    string        // of the node under which all others are; /locks
	Timeout time.Duration // to connect, and for each request; 1s
}

func (c Config) filled() Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:2181")
	c.Path = cmp.Or(c.Path, "/locks")
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	remote.CheckServer(report, c.Addr, "127.0.0.1:2181", "", c.Timeout)
	if (c.User == "") != c.Password.IsZero() {
		report("User", "and Password go together")
	}
	if !isPath(c.Path) {
		report("Path", "must be that of a node, such as /locks or /shop/locks")
	}
}

// isPath reports whether a text is a path of plain names.
func isPath(text string) bool {
	first, rest, _ := strings.Cut(text, "/")
	for name := range strings.SplitSeq(rest, "/") {
		if first != "" || name == "" || name == "." || name == ".." || url.PathEscape(name) != name {
			return false
		}
	}
	return true
}

// KeyOf returns which key of the section of locks leads to an error of New or Ping.
func (Config) KeyOf(err error) string {
	if key := keyed.Of(err); key == leaseKey {
		return key
	}
	return "zookeeper." + remote.KeyOf(err)
}

// Locks is a locks.Driver on a cluster.
type Locks struct {
	server *server

	mu      sync.Mutex // guards what follows
	leases  map[string]*leased
	watched map[string]<-chan struct{} // by the path of a node; closed when it may be gone
}

// leased is what an owner in this process has, for as long as the server may know of it.
type leased struct {
	until time.Time
	end   *time.Timer
}

// New returns locks for leases of up to a duration, or the default of package locks. A cluster
// that is away is no error: it is connected to later, and Ping says why it is. The error is
// Invalid if the configuration cannot be right.
func New(longest time.Duration, c Config) (*Locks, error) {
	s, err := newServer(cmp.Or(longest, locks.DefaultLease), c.filled())
	if err != nil {
		return nil, err
	}
	return &Locks{server: s, leases: map[string]*leased{}, watched: map[string]<-chan struct{}{}}, nil
}

func (l *Locks) nameOf(name string) string { return l.server.Path + "/names/" + url.PathEscape(name) }

func (l *Locks) ownerOf(name, owner string) string {
	return l.server.Path + "/owners/" + url.PathEscape(name) + "=" + owner
}

// Acquire gives an owner a lock: see locks.Driver.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (token int64, err error) {
	if lease > l.server.longest {
		return 0, kit.Errorf(kit.Invalid, "a lease of %v is longer than the session of %v", lease, l.server.longest)
	}
	return ask(ctx, l.server, func(ctx context.Context, c *zk.Conn) (int64, error) {
		for {
			held, _, err := c.Exists(l.nameOf(name))
			if err == nil {
				err = ctx.Err() // nobody waits for it any more
			}
			if held || err != nil {
				return 0, err
			}
			from, err := l.server.counter(c)
			if err != nil {
				return 0, err
			}
			token, err := l.make(c, name, owner, lease, from)
			if !errors.Is(err, zk.ErrNoNode) {
				return token, err
			}
			l.server.forget(from) // somebody has made another one
		}
	})
}

// make makes the nodes of a lock. It returns no token if another one was quicker.
func (l *Locks) make(c *zk.Conn, name, owner string, lease time.Duration, from int64) (token int64, err error) {
	acl := l.server.acl()
	l.keep(name, owner, lease) // the server may have made them, whatever becomes of the answer
	made, err := c.Multi(
		&zk.CreateRequest{Path: l.nameOf(name), Data: []byte(owner), Acl: acl, Flags: zk.FlagEphemeral},
		&zk.CreateRequest{Path: l.ownerOf(name, owner), Acl: acl, Flags: zk.FlagEphemeral},
		&zk.SetDataRequest{Path: l.server.counterOf(from), Version: -1},
	)
	switch {
	case err == nil:
		return from + int64(made[2].Stat.Version), nil
	case errors.Is(err, zk.ErrNodeExists):
		l.settle(owner, nil)
		return 0, nil
	case errors.Is(err, zk.ErrNoNode):
		l.settle(owner, nil)
	}
	return 0, err
}

// keep has a lease end by itself, which the session does not.
func (l *Locks) keep(name, owner string, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leases != nil {
		l.leases[owner] = &leased{time.Now().Add(d), time.AfterFunc(d, func() { _ = l.Release(context.Background(), name, owner) })}
	}
}

// settle notes that the server has no lease of an owner any more or, if it did not answer, that
// it is to be asked again.
func (l *Locks) settle(owner string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch lease := l.leases[owner]; {
	case lease == nil:
	case kit.CodeOf(err) == kit.Unavailable:
		lease.end.Reset(time.Second)
	default:
		lease.end.Stop()
		delete(l.leases, owner)
	}
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, name, owner string, d time.Duration) (held bool, err error) {
	l.mu.Lock()
	lease := l.leases[owner]
	known := lease != nil && lease.end.Stop() // it has not ended
	l.mu.Unlock()
	held, err = ask(ctx, l.server, func(_ context.Context, c *zk.Conn) (bool, error) {
		if !known {
			return false, nil
		}
		_, err := c.Set(l.ownerOf(name, owner), nil, -1) // the leader knows whether the session has ended
		if errors.Is(err, zk.ErrNoNode) {
			return false, nil
		}
		return err == nil, err
	})
	if known {
		l.mu.Lock()
		defer l.mu.Unlock()
		if held {
			lease.until = time.Now().Add(d)
		}
		lease.end.Reset(time.Until(lease.until))
	}
	return held, err
}

// Release ends a lease: see locks.Driver.
func (l *Locks) Release(ctx context.Context, name, owner string) error {
	_, err := ask(ctx, l.server, func(_ context.Context, c *zk.Conn) (none struct{}, err error) {
		_, err = c.Multi(&zk.DeleteRequest{Path: l.ownerOf(name, owner), Version: -1}, &zk.DeleteRequest{Path: l.nameOf(name), Version: -1})
		if errors.Is(err, zk.ErrNoNode) {
			err = nil
		}
		return none, err
	})
	l.settle(owner, err)
	return err
}

// Wait returns when a lock is released: see locks.Driver.
func (l *Locks) Wait(ctx context.Context, name string) {
	gone, err := ask(ctx, l.server, func(_ context.Context, c *zk.Conn) (<-chan struct{}, error) { return l.watch(c, l.nameOf(name)) })
	if err != nil {
		<-ctx.Done()
		return
	}
	select {
	case <-gone:
	case <-ctx.Done():
	}
}

// watch returns what is closed when a node may be gone. The client does not forget a watch, so
// there is one for all who wait.
func (l *Locks) watch(c *zk.Conn, path string) (<-chan struct{}, error) {
	l.mu.Lock()
	gone := l.watched[path]
	l.mu.Unlock()
	if gone != nil {
		return gone, nil
	}
	there, _, event, err := c.ExistsW(path)
	if err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	l.mu.Lock()
	l.watched[path] = ended
	l.mu.Unlock()
	go func() {
		if there {
			<-event
		}
		l.mu.Lock()
		delete(l.watched, path)
		l.mu.Unlock()
		close(ended)
	}()
	return ended, nil
}

// Ping returns nil if the cluster answers, and lets the user read. It makes nothing.
func (l *Locks) Ping(ctx context.Context) error {
	_, err := ask(ctx, l.server, func(_ context.Context, c *zk.Conn) (none struct{}, err error) {
		if _, _, err = c.Children(l.server.Path + "/tokens"); err == nil {
			err = l.server.mayUse(c)
		}
		if errors.Is(err, zk.ErrNoNode) {
			err = nil
		}
		return none, err
	})
	return err
}

// Close ends the connection. The session, and so what is held, ends by itself.
func (l *Locks) Close() error {
	l.mu.Lock()
	for _, lease := range l.leases {
		lease.end.Stop()
	}
	l.leases = nil
	l.mu.Unlock()
	l.server.close()
	return nil
}
