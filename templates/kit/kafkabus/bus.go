package kafkabus

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// server is the brokers that a bus is on.
type server struct {
	service string
	config  Config
	looks   bool        // and changes nothing
	client  *kgo.Client // publishes, and asks
	admin   *kadm.Client
	alive   context.Context // ends when the bus is closed
	end     context.CancelFunc

	metadata int          // bytes that a commit may have
	batch    atomic.Int64 // bytes that a message may have with everything

	topic  atomic.Pointer[topic] // that of the events
	record *brokerbus.Record
	tender *brokerbus.Tender
	tended sync.WaitGroup

	outcast sync.Map // errors by the name of a group, of which this process cannot be a member

	reading sync.Mutex // of the topic of the groups
	known   registry
}

// topic is that of the events, until there is another one of its name.
type topic struct {
	id   kadm.TopicID
	is   context.Context
	gone context.CancelFunc
}

// New connects, and makes what the bus of a service needs on the brokers. The error is
// Unavailable if another attempt may succeed, and Invalid if something must be changed
// first.
func New(ctx context.Context, service string, c Config) (*brokerbus.Bus, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*c.filled().ConnectTimeout) // for several requests
	defer cancel()
	b, err := connect(ctx, service, c)
	if err != nil {
		return nil, err
	}
	s, err := b.makeTopics(ctx)
	if err != nil {
		b.Close()
		return nil, b.config.explain(err)
	}
	b.use(s.events)
	b.tended.Go(func() { b.tender.Run(b.alive, b.tend) })
	return brokerbus.New(b, b.config.Window), nil
}

// use notes which topic the events are in. What was known of another one before is of no
// use.
func (b *server) use(events kadm.TopicID) {
	before := b.topic.Load()
	if before != nil && before.id == events {
		return
	}
	next := &topic{id: events}
	next.is, next.gone = context.WithCancel(context.Background())
	b.topic.Store(next)
	if before != nil {
		b.client.PurgeTopicsFromProducing(b.config.events())
		before.gone()
	}
}

// connect returns brokers that can be used for a bus, where it has changed nothing yet.
func connect(ctx context.Context, service string, c Config) (b *server, err error) {
	c = c.filled()
	c.Topic = cmp.Or(c.Topic, service)
	b = &server{service: service, config: c, tender: brokerbus.NewTender()}
	b.record = &brokerbus.Record{Recorder: b}
	b.alive, b.end = context.WithCancel(context.Background())
	reading := []kgo.Opt{ // the topic of the groups
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{}), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxWait(100 * time.Millisecond), kgo.KeepControlRecords(),
	}
	if b.client, err = c.client(append(reading, b.publishing()...)...); err != nil {
		b.end()
		return nil, c.explain(err)
	}
	b.admin = kadm.NewClient(b.client)
	b.admin.SetTimeoutMillis(int32(c.ConnectTimeout.Milliseconds()))
	ctx, cancel := context.WithTimeout(ctx, c.ConnectTimeout)
	defer cancel()
	if err := b.suits(ctx); err != nil {
		b.Close()
		return nil, c.explain(err)
	}
	return b, nil
}

// suits returns an error if the brokers cannot be used for a bus, and notes their limits.
func (b *server) suits(ctx context.Context) error {
	meta, err := b.admin.BrokerMetadata(ctx)
	if err == nil && len(meta.Brokers) == 0 { // they are starting
		err = kerr.BrokerNotAvailable
	}
	if err != nil {
		return err
	}
	have := map[string]string{}
	described, _ := b.admin.DescribeBrokerConfigs(ctx, meta.Brokers[0].NodeID) // the user may not be allowed to know
	for _, limits := range described {
		have = values(limits)
	}
	b.metadata = number(have["offset.metadata.max.bytes"], 4096)
	b.batch.Store(int64(number(have["message.max.bytes"], 1048588)))
	shortest := time.Duration(number(have["group.min.session.timeout.ms"], 0)) * time.Millisecond
	longest := time.Duration(number(have["group.max.session.timeout.ms"], math.MaxInt32)) * time.Millisecond
	if lease := b.config.Lease; lease < shortest || lease > longest {
		return brokerbus.Refuse("lease", "Kafka at %s allows leases from %v to %v (group.min.session.timeout.ms and group.max.session.timeout.ms), and not %v",
			b.config.Brokers, shortest, longest, lease)
	}
	return nil
}

// Ping asks for the topic of the events, and tells what was found when the topics were
// looked after.
func (b *server) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	_, err := b.leaders(ctx)
	if err != nil {
		b.tender.Look()
		err = b.config.explain(err)
	}
	err = cmp.Or(err, b.tender.Fault())
	b.outcast.Range(func(_, fault any) bool {
		err = cmp.Or(err, fault.(error))
		return err == nil
	})
	if err != nil {
		return kit.Wrap(kit.Unavailable, err, "Kafka at "+b.config.Brokers+" cannot be used with topic "+b.config.events())
	}
	return nil
}

// leaders returns the topic of the events if each of its partitions can be used.
func (b *server) leaders(ctx context.Context) (kadm.TopicID, error) {
	meta, err := b.admin.Metadata(ctx, b.config.events())
	if err != nil {
		return kadm.TopicID{}, err
	}
	about := meta.Topics[b.config.events()]
	err = about.Err
	for _, p := range about.Partitions {
		err = cmp.Or(err, p.Err)
	}
	return about.ID, err
}

// Capability says that this bus keeps messages and reaches other processes.
func Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true}
}

// headerRoom is how many bytes of a message are for its key and headers, and for what
// Kafka adds. A key of more than a thousand characters may take more of what the payload
// has.
const headerRoom = 4096

// Capability is that of every bus of this package, and what its brokers allow.
func (b *server) Capability() kit.BusCapability {
	c := Capability()
	c.Largest = max(1, int(b.batch.Load())-headerRoom)
	return c
}

// Close releases the connections.
func (b *server) Close() {
	b.end()
	b.tended.Wait()
	b.client.Close()
	if t := b.topic.Load(); t != nil {
		t.gone()
	}
}

// explain returns an error that says what is wrong with the brokers or the config.
func (c Config) explain(err error) error {
	is := func(target error) bool { return errors.Is(err, target) }
	says := func(text string) bool { return err != nil && strings.Contains(err.Error(), text) } // it has no type
	_, first := errors.AsType[*kgo.ErrFirstReadEOF](err)
	_, record := errors.AsType[tls.RecordHeaderError](err)
	return brokerbus.Server{Kind: "Kafka", URL: c.Brokers}.Explain(err,
		brokerbus.When(is(kerr.SaslAuthenticationFailed), kit.Invalid, "password", "refuses the user or the password"),
		brokerbus.When(is(kerr.UnsupportedSaslMechanism), kit.Invalid, "mechanism", "does not accept the mechanism "+c.Mechanism),
		brokerbus.When(is(kerr.IllegalSaslState), kit.Invalid, "user", "does not ask for a user: this address has no SASL"),
		brokerbus.When(is(kerr.TopicAuthorizationFailed), kit.Invalid, "user", "does not allow the user to use topics "+c.Topic+".…"),
		brokerbus.When(is(kerr.GroupAuthorizationFailed), kit.Invalid, "user", "does not allow the user to use groups "+c.Topic+".…"),
		brokerbus.When(is(kerr.ClusterAuthorizationFailed), kit.Invalid, "user", "does not allow the user what is needed"),
		brokerbus.When(is(kerr.InvalidReplicationFactor), kit.Unavailable, "replicas", "cannot keep as many replicas now"),
		brokerbus.When(is(kerr.InvalidSessionTimeout), kit.Invalid, "lease", "does not allow the lease: see group.min.session.timeout.ms"),
		brokerbus.When(is(kerr.InconsistentGroupProtocol), kit.Invalid, "topic", "has groups "+c.Topic+".… with members of another kind"),
		brokerbus.When(is(kerr.PolicyViolation), kit.Invalid, "topic", "does not allow topics as they must be"),
		brokerbus.When(is(kerr.InvalidTopicException), kit.Invalid, "topic", "does not allow the names of topics"),
		brokerbus.When(says("below the user defined min"), kit.Invalid, "", "is too old: 2.8 or later is needed"),
		brokerbus.When(record, kit.Invalid, "tls", "does not use TLS"),
		brokerbus.When(says("tls alert record"), kit.Invalid, "tls", "requires TLS"),
		brokerbus.When(says("invalid large response size"), kit.Invalid, "", "is not Kafka"),
		brokerbus.When(first && c.overTLS(), kit.Unavailable, "tls", "closes connections at once: it may not use TLS"),
		brokerbus.When(first && c.User == "", kit.Unavailable, "user", "closes connections at once: it may require a user, or TLS"),
		brokerbus.When(first, kit.Unavailable, "tls", "closes connections at once: it may require TLS"),
	)
}
