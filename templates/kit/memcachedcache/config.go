package memcachedcache

import (
	"cmp"
	"errors"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Config says where the servers are and how they are used. Zero values stand for the
// defaults.
type Config struct {
	Addr     string // host:port, several separated by commas, which share the keys; 127.0.0.1:11211
	User     string // of servers with -Y; none
	Password kit.Secret
	remote.TLS

	Prefix      string        // of all keys, before a colon; the service's name
	Timeout     time.Duration // to connect, and for each request; then it is a miss; 100ms
	Connections int           // that are kept open to each server; 64
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled(service string) Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:11211")
	c.Prefix = cmp.Or(c.Prefix, service)
	c.Timeout = cmp.Or(c.Timeout, 100*time.Millisecond)
	c.Connections = cmp.Or(c.Connections, 64)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled("")
	remote.CheckServer(report, c.Addr, "127.0.0.1:11211", c.Prefix, c.Timeout)
	if (c.User == "") != c.Password.IsZero() {
		report("User", "and Password go together")
	}
	if c.Connections < 1 || c.Connections > 10_000 {
		report("Connections", "must be from 1 to 10000, or 0 for the default")
	}
}

// errLogin is the error of a server that refuses who asks.
var errLogin = errors.New("it refuses the user and the password")

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(err error) string { return remote.KeyOf(err) }
