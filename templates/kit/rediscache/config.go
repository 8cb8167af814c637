package rediscache

import (
	"cmp"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/redisconn"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Config says where the server is and how it is used. Zero values stand for the defaults.
type Config struct {
	Addr     string // host:port, several of a cluster separated by commas; 127.0.0.1:6379
	User     string // default
	Password kit.Secret
	remote.TLS

	Prefix  string        // of all keys, before a colon; the service's name
	Timeout time.Duration // to connect, and for each request; then it is a miss; 100ms
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled(service string) Config {
	c.Addr = cmp.Or(c.Addr, "127.0.0.1:6379")
	c.Prefix = cmp.Or(c.Prefix, service)
	c.Timeout = cmp.Or(c.Timeout, 100*time.Millisecond)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled("")
	remote.CheckServer(report, c.Addr, "127.0.0.1:6379", c.Prefix, c.Timeout)
	if c.User != "" && c.Password.IsZero() {
		report("User", "needs a Password")
	}
}

func (c Config) server() redisconn.Server {
	return redisconn.Server{Addr: c.Addr, User: c.User, Password: c.Password, TLS: c.TLS, Timeout: c.Timeout}
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(err error) string { return remote.KeyOf(err) }
