package natsbus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Bus is kit.Bus over NATS JetStream.
type Bus struct {
	service   string
	config    Config
	subjects  subjects
	conn      *nats.Conn
	js        jetstream.JetStream
	publisher *publisher
	alive     context.Context // ends when the bus is closed
	end       context.CancelCauseFunc

	known   jetstream.Stream // the stream of the groups
	claims  jetstream.Stream // that of the claims
	since   atomic.Int64     // when the server first knew groups
	link    atomic.Pointer[link]
	changed chan struct{}         // signalled when the streams must be looked after
	fault   atomic.Pointer[error] // why they cannot be used
	tended  sync.WaitGroup

	mu     sync.Mutex // held while a group starts, which takes a while
	groups map[string]*group
}

// New connects, and makes what the bus of a service needs on the server. The error is
// Unavailable if another attempt may succeed, and Invalid if something must be changed
// first.
func New(ctx context.Context, service string, c Config) (*Bus, error) {
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
	return b, nil
}

// link ends with the connection: what was sent to this process since may be lost.
type link struct {
	up  context.Context
	cut context.CancelFunc
}

// cut has everything read again that may have been lost with the connection.
func (b *Bus) cut() {
	next := &link{}
	next.up, next.cut = context.WithCancel(context.Background())
	if before := b.link.Swap(next); before != nil {
		before.cut()
	}
}

// connect returns a bus on a server that can be used for one, where it has changed
// nothing yet.
func connect(ctx context.Context, service string, c Config) (b *Bus, err error) {
	c = c.filled()
	c.Stream = cmp.Or(c.Stream, service)
	b = &Bus{
		service: service, config: c, subjects: subjects(c.Stream), groups: map[string]*group{}, changed: make(chan struct{}, 1),
	}
	b.alive, b.end = context.WithCancelCause(context.Background())
	b.publisher = newPublisher(b.alive, c)
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
func (b *Bus) suits(ctx context.Context) (err error) {
	if v := b.conn.ConnectedServerVersion(); !atLeast(v, 2, 9) {
		return kit.Errorf(kit.Invalid, "the NATS server at %s is version %s: 2.9 or later is needed", b.config.servers(), v)
	}
	if b.js, err = jetstream.New(b.conn, b.publisher.options()...); err != nil {
		return err
	}
	b.publisher.js = b.js
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	account, err := b.js.AccountInfo(ctx)
	if err != nil {
		return err
	}
	return b.affords(ctx, account)
}

// atLeast reports whether a server's version is major.minor or later, or unknown.
func atLeast(version string, major, minor int) bool {
	var a, b int
	if _, err := fmt.Sscanf(version, "%d.%d", &a, &b); err != nil {
		return true
	}
	return a > major || a == major && b >= minor
}

// Publish sends messages to their streams: see kit.Bus. taken must not wait for
// this bus.
func (b *Bus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	if err := b.broken(); kit.CodeOf(err) == kit.Invalid {
		err = kit.Wrap(kit.Unavailable, err, "the bus cannot keep messages")
		for i := range msgs {
			taken(i, err)
		}
		return
	}
	failed, largest := map[string]error{}, b.Capability().Largest
	for i, m := range msgs {
		msg, err := b.subjects.encode(m, largest)
		if err != nil {
			taken(i, err)
			continue
		}
		if err := b.publisher.window.Enter(ctx); err != nil {
			for ; i < len(msgs); i++ { // none may pass the one that has to wait
				taken(i, err)
			}
			return
		}
		b.publisher.publish(&outgoing{msg: msg, failed: failed, answer: func(err error) { taken(i, err) }})
	}
}

// Subscribe begins to deliver to a group: see kit.Bus.
func (b *Bus) Subscribe(ctx context.Context, s kit.Subscription, h kit.Handler) (func(context.Context) error, error) {
	if s.Group == "" || len(s.Topics) == 0 {
		return nil, kit.Errorf(kit.Invalid, "a subscription needs a group and a topic")
	}
	if err := checkGroup(s.Group); err != nil {
		return nil, err
	}
	for _, topic := range s.Topics {
		if err := checkTopic(topic); err != nil {
			return nil, err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := context.Cause(b.alive); err != nil {
		return nil, err
	}
	if old := b.groups[s.Group]; old != nil && old.ended.Err() == nil {
		return nil, kit.Errorf(kit.Conflict, "group %s is already subscribed", s.Group)
	}
	g := newGroup(b, s, h)
	if err := g.start(ctx); err != nil {
		return nil, b.config.explain(err)
	}
	b.groups[s.Group] = g
	return g.stop, nil
}

// Ping asks the server for a stream, any one of them, and tells what was found when all were looked after: see kit.Bus.
func (b *Bus) Ping(ctx context.Context) error {
	if err := context.Cause(b.alive); err != nil {
		return err
	}
	if !b.conn.IsConnected() {
		return b.config.explain(cmp.Or(b.conn.LastError(), nats.ErrDisconnected))
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	stream := b.config.stream(rand.N(partitions))
	_, err := b.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.look()
	}
	if err = cmp.Or(err, b.broken()); err != nil {
		return kit.Wrap(kit.Unavailable, err, "NATS at "+b.config.servers()+" cannot be used with stream "+stream)
	}
	return nil
}

// broken returns why the streams could not be used when they were looked after last.
func (b *Bus) broken() error {
	if err := b.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// Capability says that this bus keeps messages and reaches other processes.
func Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true}
}

// headerRoom is how many bytes of a message are for its headers. A key of more than
// some hundred characters may take more of what the payload has.
const headerRoom = 4096

// Capability is that of every bus of this package, and what its server allows.
func (b *Bus) Capability() kit.BusCapability {
	c := Capability()
	c.Largest = max(1, int(b.conn.MaxPayload())-headerRoom)
	return c
}

// Close ends every subscription: see kit.Bus. Handlers under way are cancelled
// and waited for.
func (b *Bus) Close() error {
	b.end(kit.Errorf(kit.Unavailable, "the bus is closed"))
	b.publisher.close()
	b.tended.Wait() // it takes the lock
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		<-g.ended.Done()
	}
	b.conn.Close()
	return nil
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
