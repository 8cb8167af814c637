package etcdlocks

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	etcd "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
)

// server is a connection to the cluster that is there whenever the cluster is.
type server struct {
	Config
	security *tls.Config

	turn   chan struct{} // a semaphore of one, which guards what follows
	client *etcd.Client  // nil until it could connect
	ready  bool          // there is an offset
	closed bool
}

func newServer(c Config) (*server, error) {
	security, err := c.Client()
	if err != nil {
		return nil, err
	}
	s := &server{Config: c, security: security, turn: make(chan struct{}, 1)}
	ctx, cancel := context.WithTimeout(context.Background(), c.Timeout)
	defer cancel()
	if _, err := s.connect(ctx); err != nil && kit.CodeOf(err) != kit.Unavailable {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// do has the cluster do something, within the timeout.
func (s *server) do(ctx context.Context, ask func(context.Context, *etcd.Client) error) error {
	limited, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	c, err := s.connect(limited)
	if err != nil {
		return err
	}
	return s.explain(ask(limited, c))
}

// connect connects, unless that was done before: the client does it itself from then on.
func (s *server) connect(ctx context.Context) (*etcd.Client, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, s.explain(ctx.Err())
	}
	if s.closed {
		return nil, kit.Errorf(kit.Unavailable, "the locks are closed")
	}
	if s.client == nil {
		if err := s.dial(ctx); err != nil {
			return nil, err
		}
	}
	if !s.ready {
		if err := s.raise(ctx); err != nil {
			return nil, s.explain(err)
		}
		s.ready = true
	}
	return s.client, nil
}

// dial makes the client. What it says where a server cannot be connected to does not tell why:
// that is tried before.
func (s *server) dial(ctx context.Context) (err error) {
	for _, addr := range remote.Addresses(s.Addr) {
		if err = s.probe(ctx, addr); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	s.client, err = etcd.New(etcd.Config{
		Endpoints: remote.Addresses(s.Addr), Username: s.User, Password: s.Password.Reveal(), TLS: s.security,
		DialTimeout: s.Timeout, DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: s.Timeout,
		Logger: zap.NewNop(),
		DialOptions: []grpc.DialOption{grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second},
			MinConnectTimeout: s.Timeout,
		})},
	})
	return s.explain(err)
}

// probe begins to speak HTTP/2 with a server as the client does, and returns why it cannot.
func (s *server) probe(ctx context.Context, addr string) error {
	at, security := "etcd at "+addr, s.security
	if security != nil {
		security = security.Clone()
		security.NextProtos = []string{"h2"}
	}
	conn, err := remote.Dial(ctx, addr, security)
	if err != nil {
		return s.Strange(at, err)
	}
	defer conn.Close() //nolint:errcheck // it has answered or not
	const settings = 4 // the frame that comes first, after its size of three bytes
	_, _ = conn.Write([]byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"))
	answer := make([]byte, 9)
	switch n, err := io.ReadFull(conn, answer); {
	case n == 0:
		return s.Strange(at, err)
	case err != nil, answer[0] != 0, answer[3] != settings:
		return kit.Errorf(kit.Invalid, "what answers at %s is not etcd: %.40q", addr, answer[:n])
	}
	return nil
}

// offsetKey has the offset of tokens.
const offsetKey = "locks-offset"

// raise raises the offset so far that a token is at least the number of microseconds since
// 1970. It never falls, and a revision rises more slowly than the clock.
func (s *server) raise(ctx context.Context) error {
	for {
		found, err := s.client.Get(ctx, offsetKey)
		if err != nil {
			return err
		}
		offset, revision := time.Now().UnixMicro()-found.Header.Revision, int64(0)
		if len(found.Kvs) > 0 {
			before, _ := strconv.ParseInt(string(found.Kvs[0].Value), 10, 64)
			if before >= offset {
				return nil
			}
			revision = found.Kvs[0].ModRevision
		}
		put, err := s.client.Txn(ctx).If(etcd.Compare(etcd.ModRevision(offsetKey), "=", revision)).
			Then(etcd.OpPut(offsetKey, strconv.FormatInt(offset, 10))).Commit()
		if err != nil || put.Succeeded {
			return err
		}
	}
}

// forget has the offset looked for again: somebody has removed it.
func (s *server) forget() {
	s.turn <- struct{}{}
	s.ready = false
	<-s.turn
}

// refusals are errors for which the configuration must be changed.
var refusals = []error{
	rpctypes.ErrAuthFailed, rpctypes.ErrUserEmpty, rpctypes.ErrUserNotFound, rpctypes.ErrPermissionDenied,
	rpctypes.ErrInvalidAuthToken,
}

// explain returns an error that says what is wrong: Unavailable if the cluster may be back
// later, and Invalid if the configuration must be changed.
func (s *server) explain(err error) error {
	if _, ok := errors.AsType[*kit.Error](err); ok || err == nil {
		return err
	}
	at := "etcd at " + s.Addr
	for _, refusal := range refusals {
		if errors.Is(err, refusal) || strings.Contains(err.Error(), refusal.Error()) {
			return remote.Login(kit.Wrap(kit.Invalid, err, at+" refuses the user, the password, or their rights"))
		}
	}
	return kit.Wrap(kit.Unavailable, err, at+" does not answer")
}

func (s *server) close() error {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.closed = true
	if s.client == nil {
		return nil
	}
	err := s.client.Close()
	s.client = nil
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return err
}
