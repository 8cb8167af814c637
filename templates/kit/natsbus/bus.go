package natsbus

import (
	"cmp"
	"context"
	"errors"
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
	known    jetstream.Stream // of the groups
	claims   jetstream.Stream
	flight   *flight
	members  *brokerbus.Members
	record   *brokerbus.Record
	tender   *brokerbus.Tender
	link     atomic.Pointer[link]

	alive context.Context // ends when the bus is closed
	end   context.CancelFunc
	work  sync.WaitGroup
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
	if err := b.start(ctx); err != nil {
		b.Close()
		return nil, b.config.explain(err)
	}
	return brokerbus.New(b, b.config.Window), nil
}

func (b *server) start(ctx context.Context) error {
	s, err := b.makeStreams(ctx)
	if err != nil {
		return err
	}
	b.known, b.claims = s.groups, s.claims
	b.cut()
	b.conn.SetDisconnectErrHandler(func(*nats.Conn, error) {
		b.cut()
		b.flight.fail(time.Now(), kit.Errorf(kit.Unavailable, "the connection to NATS at %s was lost", b.config.servers()))
	})
	b.conn.SetReconnectHandler(func(*nats.Conn) {
		b.cut()
		b.tender.Look()
	})
	_, _ = b.conn.Subscribe("$JS.EVENT.ADVISORY.STREAM.*.*", b.advised) // without the permission, it looks now and then
	for subject, h := range map[string]nats.MsgHandler{
		b.flight.inbox + "*":  b.answered,
		b.subjects.alive("*"): func(m *nats.Msg) { b.members.Hear(m.Data) },
	} {
		s, err := b.conn.Subscribe(subject, h)
		if err == nil {
			err = s.SetPendingLimits(-1, -1) // there are as many as are asked for
		}
		if err != nil {
			return err
		}
	}
	b.members.Start()
	b.work.Go(func() { b.tender.Run(b.alive, b.tend) })
	b.work.Go(func() { b.overdue(b.alive) })
	return nil
}

// link ends with the connection: what was sent to this process since may be lost.
type link struct {
	up  context.Context
	cut context.CancelFunc
}

// cut has everything read again that may have been lost with the connection.
func (b *server) cut() {
	b.members.Missed()
	next := &link{}
	next.up, next.cut = context.WithCancel(context.Background())
	if before := b.link.Swap(next); before != nil {
		before.cut()
	}
}

// connected returns a context that ends with the connection, too: what was asked on one that
// is gone is not answered.
func (b *server) connected(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	keep := context.AfterFunc(b.link.Load().up, cancel)
	return ctx, func() { keep(); cancel() }
}

// connect returns a server that can be used for a bus, where it has changed nothing yet.
func connect(ctx context.Context, service string, c Config) (b *server, err error) {
	c = c.filled()
	c.Stream = cmp.Or(c.Stream, service)
	b = &server{
		service: service, config: c, subjects: subjects(c.Stream), flight: newFlight(), tender: brokerbus.NewTender(),
	}
	b.record = &brokerbus.Record{Recorder: b}
	b.members = brokerbus.NewMembers(c.Lease, b.say, nil)
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
	if v := b.conn.ConnectedServerVersion(); !brokerbus.AtLeast(v, 2, 10) {
		return kit.Errorf(kit.Invalid, "the NATS server at %s is version %s: 2.10 or later is needed", b.config.servers(), v)
	}
	if b.js, err = jetstream.New(b.conn, jetstream.WithDefaultTimeout(b.config.ConnectTimeout)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	account, err := b.js.AccountInfo(ctx)
	if err != nil {
		return err
	}
	if err := b.affords(ctx, account); err != nil {
		return err
	}
	return b.permits(ctx)
}

// say publishes a heartbeat, which the server keeps: see claimsConfig.
func (b *server) say(ctx context.Context, heartbeat []byte) error {
	_, err := b.js.Publish(ctx, b.subjects.alive(b.members.Self), heartbeat)
	return err
}

// Ping asks the server for a stream, any one of them, and tells what was found when all
// were looked after.
func (b *server) Ping(ctx context.Context) error {
	if !b.conn.IsConnected() {
		err := b.config.explain(cmp.Or(b.conn.LastError(), nats.ErrDisconnected))
		return kit.Wrap(kit.Unavailable, err, "there is no connection to NATS at "+b.config.servers())
	}
	stream := b.config.stream(rand.N(brokerbus.Partitions))
	_, err := b.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		b.tender.Look()
	}
	if denied := b.conn.LastError(); errors.Is(err, context.DeadlineExceeded) && errors.Is(denied, nats.ErrPermissionViolation) {
		err = denied // what is not permitted gets no answer
	}
	if err = cmp.Or(err, b.tender.Fault()); err != nil {
		return kit.Wrap(kit.Unavailable, err, "NATS at "+b.config.servers()+" cannot be used with stream "+stream)
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
	b.members.Close()
	b.end()
	b.work.Wait()
	b.conn.Close()
}

// explain returns an error that says what is wrong with the server or the config.
func (c Config) explain(err error) error {
	is := func(target error) bool { return errors.Is(err, target) }
	login := cmp.Or(map[bool]string{true: "credentials_file"}[c.CredentialsFile != ""], map[bool]string{true: "user"}[c.User == ""], "password")
	api, ok := errors.AsType[*jetstream.APIError](err)
	return brokerbus.Server{Kind: "NATS", URL: c.URL}.Explain(err,
		brokerbus.When(is(nats.ErrAuthorization), kit.Invalid, login, "refuses the user, the password or the credentials"),
		brokerbus.When(is(nats.ErrAuthExpired), kit.Invalid, login, "refuses the credentials: they have expired"),
		brokerbus.When(is(nats.ErrSecureConnWanted), kit.Invalid, "", "does not use TLS, which the URL or a certificate requires"),
		brokerbus.When(is(nats.ErrSecureConnRequired), kit.Invalid, "", "requires TLS"),
		brokerbus.When(is(jetstream.ErrJetStreamNotEnabled), kit.Invalid, "", "runs without JetStream: start it with -js"),
		brokerbus.When(is(jetstream.ErrJetStreamNotEnabledForAccount), kit.Invalid, "", "has no JetStream for this account"),
		brokerbus.When(is(nats.ErrNoServers), kit.Unavailable, "", "cannot be reached"),
		brokerbus.When(ok && (api.ErrorCode == 10005 || api.ErrorCode == 10074), kit.Invalid, "replicas", "has too few servers for the replicas, or no room on them"), // JSClusterNoPeersErrF, JSStreamReplicasNotSupportedErr
		brokerbus.When(ok && api.Code == 400, kit.Invalid, "", "refuses a stream of "+c.Stream),
	)
}
