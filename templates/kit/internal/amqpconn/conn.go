// Package amqpconn connects to servers of AMQP, of any version, and tells those of another
// kind by how they begin. It is what buses over such servers have in common with no other.
package amqpconn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Address is that of a server of AMQP, of any version.
type Address struct {
	Host           string // and port
	Secure         bool   // over TLS
	User, Password string
}

// Addresses returns those of URLs, which are separated by commas. One without a user has
// the one that is given.
func Addresses(urls, user, password string) (all []Address, err error) {
	for text := range strings.SplitSeq(urls, ",") {
		at, err := url.Parse(strings.TrimSpace(text))
		if err != nil || at.Scheme != "amqp" && at.Scheme != "amqps" || at.Hostname() == "" || strings.Trim(at.Path, "/") != "" {
			return nil, kit.Errorf(kit.Invalid, "must be amqp:// or amqps:// and a host and port, without a path, or several separated by commas")
		}
		a := Address{at.Host, at.Scheme == "amqps", user, password}
		if at.Port() == "" {
			a.Host += map[bool]string{false: ":5672", true: ":5671"}[a.Secure]
		}
		if user == "" && at.User != nil {
			a.User = at.User.Username()
			a.Password, _ = at.User.Password()
		}
		all = append(all, a)
	}
	return all, nil
}

// First returns the first of several servers that can be connected to.
func First[C any](all []Address, dial func(Address) (C, error)) (conn C, at Address, err error) {
	var failed []error
	for _, at := range all {
		if conn, err = dial(at); err == nil {
			return conn, at, nil
		}
		failed = append(failed, err)
	}
	return conn, at, errors.Join(failed...)
}

// Conn is a connection that remembers how what the server says begins.
type Conn struct {
	net.Conn
	mu    sync.Mutex
	first []byte // up to 8 bytes
}

// Dial connects to a server. The files are those of TLS.
func Dial(ctx context.Context, at Address, caFile, cert, key string) (*Conn, error) {
	dial := new(net.Dialer).DialContext
	if at.Secure {
		config, err := keyed.TLS(caFile, cert, key)
		if err != nil {
			return nil, err
		}
		dial = (&tls.Dialer{Config: config}).DialContext
	}
	conn, err := dial(ctx, "tcp", at.Host)
	return &Conn{Conn: conn}, err
}

// Read notes what comes first.
func (c *Conn) Read(p []byte) (n int, err error) {
	n, err = c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if more := min(n, 8-len(c.first)); more > 0 {
		c.first = append(c.first, p[:more]...)
	}
	return n, err
}

// First returns how what the server says begins.
func (c *Conn) First() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return string(c.first)
}

// Explain returns an error of a client with what is behind it, if the server does not
// begin as those of its protocol do.
func (c *Conn) Explain(err error, begin ...string) error {
	const alert = "\x15\x03" // of TLS
	first := c.First()
	switch {
	case strings.HasPrefix(first, alert):
		return fmt.Errorf("%w: %w", brokerbus.ErrNeedsTLS, err)
	case !slices.ContainsFunc(begin, func(b string) bool { return strings.HasPrefix(first, b) || strings.HasPrefix(b, first) }):
		return fmt.Errorf("%w: %w", brokerbus.ErrKind, err)
	default:
		return err
	}
}
