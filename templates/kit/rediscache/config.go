package rediscache

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
)

// Config says where the server is and how it is used. Zero values stand for the defaults.
type Config struct {
	Addr     string // host:port, several of a cluster separated by commas; 127.0.0.1:6379
	User     string // default
	Password kit.Secret
	cache.TLS

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
	cache.CheckServer(report, c.Addr, "127.0.0.1:6379", c.Prefix, c.Timeout)
	if c.User != "" && c.Password.IsZero() {
		report("User", "needs a Password")
	}
}

// options returns how to connect. A server that answers nothing is given up after twice
// the timeout, which ends what waits for it.
func (c Config) options() (rueidis.ClientOption, error) {
	security, err := c.Client()
	return rueidis.ClientOption{
		InitAddress:      cache.Addresses(c.Addr),
		Username:         c.User,
		Password:         c.Password.Reveal(),
		TLSConfig:        security,
		Dialer:           net.Dialer{Timeout: c.Timeout, KeepAlive: c.Timeout},
		ConnWriteTimeout: c.Timeout,
		DisableRetry:     true,
		DisableCache:     true,
	}, err
}

// probe asks the servers, in words that others understand as well, until one answers as
// Redis does: what the client makes of another one does not say what is wrong.
func (c Config) probe(security *tls.Config) (err error) {
	for _, addr := range cache.Addresses(c.Addr) {
		if err = c.ask(addr, security); err == nil {
			return nil
		}
	}
	return err
}

func (c Config) ask(addr string, security *tls.Config) error {
	at := "Redis at " + addr
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	conn, err := cache.Dial(ctx, addr, security)
	if err != nil {
		return c.Unreachable(at, err)
	}
	defer conn.Close() //nolint:errcheck // it has answered or not
	answer := make([]byte, 100)
	_, _ = conn.Write([]byte("PING\r\n"))
	n, err := conn.Read(answer)
	switch {
	case n == 0:
		return c.Unreachable(at, err)
	case answer[0] != '+' && answer[0] != '-':
		return kit.Errorf(kit.Invalid, "what answers at %s is not Redis: %.40q", addr, answer[:n])
	}
	return nil
}

// explain returns an error that says what is wrong: Unavailable if the server may be back
// later, Overloaded if it has no room, and Invalid if the configuration must be changed.
func (c Config) explain(err error) error {
	at := "Redis at " + c.Addr
	if told, ok := rueidis.IsRedisErr(err); ok {
		switch kind, _, _ := strings.Cut(told.Error(), " "); {
		case kind == "WRONGPASS", kind == "NOAUTH", kind == "NOPERM", strings.Contains(told.Error(), "AUTH"):
			return cache.Login(kit.Wrap(kit.Invalid, err, at+" refuses the user, the password, or their rights"))
		case kind == "OOM":
			return kit.Wrap(kit.Overloaded, err, at+" has no room")
		case kind == "LOADING", kind == "MASTERDOWN", kind == "CLUSTERDOWN", kind == "TRYAGAIN", kind == "READONLY":
			return kit.Wrap(kit.Unavailable, err, at+" does not serve now")
		}
		return kit.Wrap(kit.Invalid, err, at+" does not do what is asked of it")
	}
	return c.Unreachable(at, err)
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(err error) string { return cache.KeyOf(err) }
