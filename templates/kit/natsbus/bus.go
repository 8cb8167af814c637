package natsbus

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// server is the NATS servers that a bus is on.
type server struct {
	service  string
	config   Config
	subjects subjects
	conn     *nats.Conn
	js       jetstream.JetStream
	flight   flight
	alive    context.Context // ends when the bus is closed
	end      context.CancelFunc

	known   jetstream.Stream // the stream of the groups
	claims  jetstream.Stream // that of the claims
	since   atomic.Int64     // when the server first knew groups
	link    atomic.Pointer[link]
	changed chan struct{}         // signalled when the streams must be looked after
	fault   atomic.Pointer[error] // why they cannot be used
	tended  sync.WaitGroup

	mu     sync.Mutex
	groups map[string]*group
}

// New connects, and makes what the bus of a service needs on the server. The error is
// Unavailable if another attempt may succeed, and Invalid if something must be changed
// first.
func New(ctx context.Context, service string, c Config) (*brokerbus.Bus, error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*b.config.ConnectTimeout) // for several requests
	defer cancel()
	s, err := b.makeStreams(ctx)
	if err != nil {
		b.conn.Close()
		return nil, b.config.explain(err)
	}
	b.known, b.claims = s.groups, s.claims
	b.since.Store(s.since.UnixNano())
	b.cut()
	b.conn.SetDisconnectErrHandler(func(*nats.Conn, error) { b.cut() })
	b.conn.SetReconnectHandler(func(*nats.Conn) {
		b.cut()
		b.look()
	})
	_, _ = b.conn.Subscribe("$JS.EVENT.ADVISORY.STREAM.*.*", b.advised) // without the permission, it looks now and then
	b.tended.Go(b.tending)
	return brokerbus.New(b, b.config.Window), nil
}

// link ends with the connection: what was sent to this process since may be lost.
type link struct {
	up  context.Context
	cut context.CancelFunc
}

// cut has everything read again that may have been lost with the connection.
func (b *server) cut() {
	next := &link{}
	next.up, next.cut = context.WithCancel(context.Background())
	if before := b.link.Swap(next); before != nil {
		before.cut()
	}
}

// connect returns a server that can be used for a bus, where it has changed nothing yet.
func connect(ctx context.Context, service string, c Config) (b *server, err error) {
	c = c.filled()
	c.Stream = cmp.Or(c.Stream, service)
	b = &server{
		service: service, config: c, subjects: subjects(c.Stream), flight: newFlight(),
		groups: map[string]*group{}, changed: make(chan struct{}, 1),
	}
	b.alive, b.end = context.WithCancel(context.Background())
	if b.conn, err = nats.Connect(c.URL, c.options()...); err != nil {
		return nil, c.explain(err)
	}
	if err := b.suits(ctx); err != nil {
		b.conn.Close()
		return nil, c.explain(err)
	}
	return b, nil
}

// suits returns an error if the server cannot be used for a bus.
func (b *server) suits(ctx context.Context) (err error) {
	if v := b.conn.ConnectedServerVersion(); !brokerbus.AtLeast(v, 2, 9) {
		return kit.Errorf(kit.Invalid, "the NATS server at %s is version %s: 2.9 or later is needed", b.config.servers(), v)
	}
	if b.js, err = jetstream.New(b.conn, b.options()...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	account, err := b.js.AccountInfo(ctx)
	if err != nil {
		return err
	}
	return b.affords(ctx, account)
}

// Join makes a group known, and begins to acquire its share of the partitions.
func (b *server) Join(ctx context.Context, g *brokerbus.Group) (run func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, max(b.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	joined, err := b.join(ctx, g)
	if err != nil {
		return nil, b.config.explain(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.groups[g.Name] = joined
	return joined.run, nil
}

// Ping asks the server for a stream, any one of them, and tells what was found when all
// were looked after.
func (b *server) Ping(ctx context.Context) error {
	if !b.conn.IsConnected() {
		err := b.config.explain(cmp.Or(b.conn.LastError(), nats.ErrDisconnected))
		return kit.Wrap(kit.Unavailable, err, "there is no connection to NATS at "+b.config.servers())
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	stream := b.config.stream(rand.N(brokerbus.Partitions))
	_, err := b.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.look()
	}
	if denied := b.conn.LastError(); errors.Is(err, context.DeadlineExceeded) && errors.Is(denied, nats.ErrPermissionViolation) {
		err = denied // what is not permitted gets no answer
	}
	if err = cmp.Or(err, b.broken()); err != nil {
		return kit.Wrap(kit.Unavailable, err, "NATS at "+b.config.servers()+" cannot be used with stream "+stream)
	}
	return nil
}

// broken returns why the streams could not be used when they were looked after last.
func (b *server) broken() error {
	if err := b.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Capability says that this bus keeps messages, reaches other processes, and recognizes
// messages that are published again.
func Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true, Once: true}
}

// headerRoom is how many bytes of a message are for its headers. A key of more than
// some hundred characters may take more of what the payload has.
const headerRoom = 4096

// Capability is that of every bus of this package, and what its server allows.
func (b *server) Capability() kit.BusCapability {
	c := Capability()
	c.Largest = max(1, int(b.conn.MaxPayload())-headerRoom)
	return c
}

// Close releases the connection.
func (b *server) Close() {
	b.end()
	b.tended.Wait()
	b.conn.Close()
}

// explain returns an error that says what is wrong with the server or the config.
func (c Config) explain(err error) error {
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	at := "NATS at " + c.servers()
	for _, e := range []struct {
		is      error
		code    kit.Code
		message string
	}{
		{nats.ErrAuthorization, kit.Invalid, " refuses the user, the password or the credentials"},
		{nats.ErrAuthExpired, kit.Invalid, " refuses the credentials: they have expired"},
		{nats.ErrSecureConnWanted, kit.Invalid, " does not use TLS, which the URL or a certificate requires"},
		{nats.ErrSecureConnRequired, kit.Invalid, " requires TLS"},
		{jetstream.ErrJetStreamNotEnabled, kit.Invalid, " runs without JetStream: start it with -js"},
		{jetstream.ErrJetStreamNotEnabledForAccount, kit.Invalid, " has no JetStream for this account"},
		{nats.ErrNoServers, kit.Unavailable, " cannot be reached"},
		{context.DeadlineExceeded, kit.Unavailable, " does not answer in time"},
	} {
		if errors.Is(err, e.is) {
			return kit.Wrap(e.code, err, at+e.message)
		}
	}
	if _, ok := errors.AsType[*fs.PathError](err); ok {
		return kit.Wrap(kit.Invalid, err, "cannot read a file that is needed to connect to NATS")
	}
	if isTLS(err) {
		return kit.Wrap(kit.Invalid, err, at+" has a certificate that is not trusted or does not match: see the CA file")
	}
	const noCluster = 10074 // more replicas than servers
	if api, ok := errors.AsType[*jetstream.APIError](err); ok && (api.Code == 400 || api.ErrorCode == noCluster) {
		return kit.Wrap(kit.Invalid, err, at+" refuses a stream of "+c.Stream)
	}
	return kit.Wrap(kit.Unavailable, err, at+" cannot be used")
}
