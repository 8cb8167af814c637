// Package memcachedcache is a cache on Memcached, or on another server that speaks its
// protocol in text, such as Hazelcast.
package memcachedcache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Cache is a cache.Driver on servers, each of which has its part of the keys.
type Cache struct {
	config   Config
	security *tls.Config
	client   *memcache.Client
	prefix   string
	servers  servers
}

// New returns a cache for a service. A server that is away is no error: Ping says why it
// is. The error is Invalid if the configuration cannot be right.
func New(service string, c Config) (*Cache, error) {
	c = c.filled(service)
	security, err := c.Client()
	if err != nil {
		return nil, err
	}
	m := &Cache{config: c, security: security, prefix: c.Prefix + ":", servers: newServers(remote.Addresses(c.Addr))}
	m.client = memcache.NewFromSelector(m.servers)
	m.client.Timeout, m.client.MaxIdleConns, m.client.DialContext = c.Timeout, c.Connections, m.dial
	if err := m.Ping(context.Background()); err != nil && kit.CodeOf(err) != kit.Unavailable {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// name returns the key on the server, which takes no more than 250 printable characters.
func (m *Cache) name(key string) string {
	plain := len(key) <= 150
	for i := 0; plain && i < len(key); i++ {
		plain = key[i] > ' ' && key[i] < 0x7f
	}
	if plain && !strings.HasPrefix(key, "#") {
		return m.prefix + key
	}
	sum := sha256.Sum256([]byte(key))
	return m.prefix + "#" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// Get returns a value: see cache.Driver.
func (m *Cache) Get(_ context.Context, key string) ([]byte, error) {
	name := m.name(key)
	server := m.servers.of(name)
	if err := server.pause.Err(); err != nil {
		return nil, err
	}
	item, err := m.client.Get(name)
	if err != nil {
		return nil, m.explain(server, err)
	}
	return item.Value, nil
}

// longest is the longest ttl that a server takes for one: more is a time since 1970.
const longest = 30 * 24 * time.Hour

// Set keeps a value: see cache.Driver. The server counts in whole seconds.
func (m *Cache) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	name := m.name(key)
	server := m.servers.of(name)
	if err := server.pause.Err(); err != nil {
		return err
	}
	return m.explain(server, m.client.Set(&memcache.Item{Key: name, Value: value, Expiration: expiry(ttl)}))
}

// expiry returns a ttl as the server takes it: rounded up, since its next tick may be near.
func expiry(ttl time.Duration) int32 { return int32(min(ttl+time.Second, longest) / time.Second) }

// Add keeps a value if the key has none: see cache.Shared.
func (m *Cache) Add(_ context.Context, key string, value []byte, ttl time.Duration) (added bool, err error) {
	name := m.name(key)
	server := m.servers.of(name)
	if err := server.pause.Err(); err != nil {
		return false, err
	}
	err = m.client.Add(&memcache.Item{Key: name, Value: value, Expiration: expiry(ttl)})
	if errors.Is(err, memcache.ErrNotStored) {
		return false, nil
	}
	return err == nil, m.explain(server, err)
}

// Replace keeps a value if the key still has the one before: see cache.Shared. Hazelcast
// does not know the command.
func (m *Cache) Replace(_ context.Context, key string, before, value []byte, ttl time.Duration) (replaced bool, err error) {
	name := m.name(key)
	server := m.servers.of(name)
	if err := server.pause.Err(); err != nil {
		return false, err
	}
	if server.plain.Load() {
		return false, errPlain
	}
	item, err := m.client.Get(name)
	if err != nil || !bytes.Equal(item.Value, before) {
		return false, m.explain(server, err)
	}
	item.Value, item.Expiration = value, expiry(ttl)
	err = m.client.CompareAndSwap(item)
	switch {
	case errors.Is(err, memcache.ErrCASConflict), errors.Is(err, memcache.ErrNotStored):
		return false, nil
	case err != nil && strings.Contains(err.Error(), `"ERROR`):
		server.plain.Store(true)
		return false, errPlain
	}
	return err == nil, m.explain(server, err)
}

var errPlain = kit.Errorf(kit.Invalid, "the server does not know the command cas")

// Delete removes values: see cache.Driver.
func (m *Cache) Delete(_ context.Context, keys ...string) error {
	for _, key := range keys {
		name := m.name(key)
		if err := m.explain(m.servers.of(name), m.client.Delete(name)); err != nil {
			return err
		}
	}
	return nil
}

// Ping returns nil if all servers answer. It gets a value, since not all that speak the
// protocol know another question.
func (m *Cache) Ping(context.Context) error {
	for _, s := range m.servers {
		one := memcache.NewFromSelector(servers{s})
		one.Timeout, one.DialContext = m.config.Timeout, m.dial
		_, err := one.Get(m.prefix + "#ping")
		if err := errors.Join(m.explain(s, err), one.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the connections.
func (m *Cache) Close() error {
	for _, s := range m.servers {
		s.closed.Store(true)
	}
	return m.client.Close()
}

// dial connects to a server, and says who asks.
func (m *Cache) dial(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := remote.Dial(ctx, address, m.security)
	if err != nil {
		return nil, err
	}
	if err := m.login(conn); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// explain returns an error that says what is wrong: Unavailable if the server may be back
// later, Overloaded if it has no room, and Invalid if the configuration must be changed. It
// is nil for a miss. Other connections to a server that was unavailable are of no use.
func (m *Cache) explain(s *server, err error) error {
	at := "Memcached at " + s.address
	switch {
	case err == nil, errors.Is(err, memcache.ErrCacheMiss):
		return nil
	case errors.Is(err, errLogin), strings.Contains(err.Error(), "unauthenticated"):
		return remote.Login(kit.Wrap(kit.Invalid, err, at+" does not let the service in"))
	case errors.Is(err, memcache.ErrServerError), strings.Contains(err.Error(), "SERVER_ERROR"):
		return kit.Wrap(kit.Overloaded, err, at+" has no room")
	case strings.Contains(err.Error(), "unexpected"):
		return kit.Wrap(kit.Invalid, err, at+" does not speak the protocol of Memcached in text, or without TLS")
	}
	_ = m.client.Close()
	return s.pause.Note(m.config.Unreachable(at, err))
}
