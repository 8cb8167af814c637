package cachetest_test

import (
	"bytes"
	"context"
	"net"
	"net/rpc"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
)

// Toy is a server of values, which it keeps for ever.
type Toy struct {
	mu     sync.Mutex
	values map[string][]byte
}

// Change says what becomes of a value.
type Change struct {
	Key, Verb     string // get, set, add, replace or delete
	Before, Value []byte
}

// Outcome is the value after a change, and whether there was one.
type Outcome struct {
	Value []byte
	Done  bool
}

// Do makes a change.
func (t *Toy) Do(c Change, out *Outcome) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	before, found := t.values[c.Key]
	switch out.Done = true; {
	case c.Verb == "get", c.Verb == "add" && found, c.Verb == "replace" && (!found || !bytes.Equal(before, c.Before)):
		out.Done = false
	case c.Verb == "delete":
		delete(t.values, c.Key)
	default:
		t.values[c.Key] = c.Value
	}
	out.Value = t.values[c.Key]
	return nil
}

// startToy starts a server, and returns its address.
func startToy(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	server := rpc.NewServer()
	if err := server.Register(&Toy{values: map[string][]byte{}}); err != nil {
		t.Fatal(err)
	}
	go server.Accept(listener)
	return listener.Addr().String()
}

// toyCache is a cache.Shared on a Toy.
type toyCache struct {
	client *rpc.Client
	prefix string
}

func openToy(t *testing.T, addr, prefix string) cache.Shared {
	t.Helper()
	client, err := rpc.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return toyCache{client, prefix + ":"}
}

func (c toyCache) do(change Change) (out Outcome, err error) {
	change.Key = c.prefix + change.Key
	if err := c.client.Call("Toy.Do", change, &out); err != nil {
		return out, kit.Wrap(kit.Unavailable, err, "the toy does not answer")
	}
	return out, nil
}

func (c toyCache) Get(_ context.Context, key string) ([]byte, error) {
	out, err := c.do(Change{Key: key, Verb: "get"})
	return out.Value, err
}

func (c toyCache) Set(_ context.Context, key string, value []byte, _ time.Duration) error {
	_, err := c.do(Change{Key: key, Verb: "set", Value: value})
	return err
}

func (c toyCache) Add(_ context.Context, key string, value []byte, _ time.Duration) (bool, error) {
	out, err := c.do(Change{Key: key, Verb: "add", Value: value})
	return out.Done, err
}

func (c toyCache) Replace(_ context.Context, key string, before, value []byte, _ time.Duration) (bool, error) {
	out, err := c.do(Change{Key: key, Verb: "replace", Before: before, Value: value})
	return out.Done, err
}

func (c toyCache) Delete(_ context.Context, keys ...string) error {
	for _, key := range keys {
		if _, err := c.do(Change{Key: key, Verb: "delete"}); err != nil {
			return err
		}
	}
	return nil
}

func (c toyCache) Ping(ctx context.Context) error {
	_, err := c.Get(ctx, "")
	return err
}

func (c toyCache) Close() error { return c.client.Close() }

// TestToy shows that the toy is as it should be, before it is broken.
func TestToy(t *testing.T) {
	shared(t, func(s cache.Shared) cache.Shared { return s })
}
