// Package redisconn connects to Redis, Valkey, or another server that speaks RESP 3.
package redisconn

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// Server says where the server is and how it is used.
type Server struct {
	Addr     string // host:port, several of a cluster separated by commas
	User     string
	Password kit.Secret
	remote.TLS
	Timeout time.Duration // to connect, and for each request
}

// Conn is a connection that is there whenever the server is. Its methods may be called
// concurrently.
type Conn struct {
	server  Server
	options rueidis.ClientOption
	client  atomic.Pointer[rueidis.Client] // nil until it could connect

	connecting sync.Mutex
	closed     chan struct{}
	work       sync.WaitGroup
}

// Open connects. A server that is away is no error: the connection is made later, and Ping
// says why it is not. The error is Invalid if the configuration cannot be right. change, unless
// it is nil, changes the options of the client.
func Open(s Server, change func(*rueidis.ClientOption)) (*Conn, error) {
	options, err := s.options()
	if err != nil {
		return nil, err
	}
	if change != nil {
		change(&options)
	}
	c := &Conn{server: s, options: options, closed: make(chan struct{})}
	switch err := c.connect(); kit.CodeOf(err) {
	case "":
	case kit.Unavailable:
		c.work.Go(c.reconnect)
	default:
		return nil, err
	}
	return c, nil
}

// options returns how to connect. A server that answers nothing is given up after twice
// the timeout, which ends what waits for it.
func (s Server) options() (rueidis.ClientOption, error) {
	security, err := s.Client()
	return rueidis.ClientOption{
		InitAddress:      remote.Addresses(s.Addr),
		Username:         s.User,
		Password:         s.Password.Reveal(),
		TLSConfig:        security,
		Dialer:           net.Dialer{Timeout: s.Timeout, KeepAlive: s.Timeout},
		ConnWriteTimeout: s.Timeout,
		DisableRetry:     true,
		DisableCache:     true,
	}, err
}

// connect connects for the first time: the client does it itself from then on.
func (c *Conn) connect() error {
	c.connecting.Lock()
	defer c.connecting.Unlock()
	if c.isClosed() || c.client.Load() != nil {
		return nil
	}
	if err := c.server.probe(c.options.TLSConfig); err != nil {
		return err
	}
	client, err := rueidis.NewClient(c.options)
	if err != nil {
		return c.server.explain(err)
	}
	c.client.Store(&client)
	return nil
}

func (c *Conn) isClosed() bool {
	select {
	case <-c.closed:
		return true
	default:
		return false
	}
}

// reconnect connects when the server is there.
func (c *Conn) reconnect() {
	ticks := time.NewTicker(time.Second)
	defer ticks.Stop()
	for c.client.Load() == nil {
		select {
		case <-c.closed:
			return
		case <-ticks.C:
			_ = c.connect() // Ping tells why not
		}
	}
}

// Do has the server do what the function asks of it. The error is Unavailable if it does not
// answer, Overloaded if it has no room, and Invalid if it refuses; the result is nil where
// there is none.
func (c *Conn) Do(ctx context.Context, ask func(rueidis.Client) rueidis.RedisResult) (rueidis.RedisResult, error) {
	client := c.client.Load()
	if client == nil {
		return rueidis.RedisResult{}, kit.Errorf(kit.Unavailable, "there is no connection to Redis at %s", c.server.Addr)
	}
	result := ask(*client)
	err := result.Error()
	switch {
	case err == nil || rueidis.IsRedisNil(err):
		return result, nil
	case ctx.Err() != nil:
		return result, kit.Wrap(kit.Unavailable, err, "the request ended before Redis could answer")
	}
	return result, c.server.explain(err)
}

// Ping returns nil if the server answers.
func (c *Conn) Ping(ctx context.Context) error {
	if err := c.connect(); err != nil {
		return err
	}
	_, err := c.Do(ctx, func(r rueidis.Client) rueidis.RedisResult { return r.Do(ctx, r.B().Ping().Build()) })
	return err
}

// Close ends the connection.
func (c *Conn) Close() error {
	c.connecting.Lock()
	if !c.isClosed() {
		close(c.closed)
	}
	client := c.client.Swap(nil)
	c.connecting.Unlock()
	c.work.Wait()
	if client != nil {
		(*client).Close()
	}
	return nil
}

// probe asks the servers, in words that others understand as well, until one answers as
// Redis does: what the client makes of another one does not say what is wrong.
func (s Server) probe(security *tls.Config) (err error) {
	for _, addr := range remote.Addresses(s.Addr) {
		if err = s.ask(addr, security); err == nil {
			return nil
		}
	}
	return err
}

func (s Server) ask(addr string, security *tls.Config) error {
	at := "Redis at " + addr
	ctx, cancel := context.WithTimeout(context.Background(), s.Timeout)
	defer cancel()
	conn, err := remote.Dial(ctx, addr, security)
	if err != nil {
		return s.Strange(at, err)
	}
	defer conn.Close() //nolint:errcheck // it has answered or not
	answer := make([]byte, 100)
	_, _ = conn.Write([]byte("PING\r\n"))
	n, err := conn.Read(answer)
	switch {
	case n == 0:
		return s.Strange(at, err)
	case answer[0] != '+' && answer[0] != '-':
		return kit.Errorf(kit.Invalid, "what answers at %s is not Redis: %.40q", addr, answer[:n])
	}
	return nil
}

// explain returns an error that says what is wrong: Unavailable if the server may be back
// later, Overloaded if it has no room, and Invalid if the configuration must be changed.
func (s Server) explain(err error) error {
	at := "Redis at " + s.Addr
	if told, ok := rueidis.IsRedisErr(err); ok {
		switch kind, _, _ := strings.Cut(told.Error(), " "); {
		case kind == "WRONGPASS", kind == "NOAUTH", kind == "NOPERM", strings.Contains(told.Error(), "AUTH"):
			return remote.Login(kit.Wrap(kit.Invalid, err, at+" refuses the user, the password, or their rights"))
		case kind == "OOM":
			return kit.Wrap(kit.Overloaded, err, at+" has no room")
		case kind == "LOADING", kind == "MASTERDOWN", kind == "CLUSTERDOWN", kind == "TRYAGAIN", kind == "READONLY":
			return kit.Wrap(kit.Unavailable, err, at+" does not serve now")
		}
		return kit.Wrap(kit.Invalid, err, at+" does not do what is asked of it")
	}
	return s.Unreachable(at, err)
}
