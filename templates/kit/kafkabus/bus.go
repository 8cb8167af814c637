package kafkabus

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"math"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// server is the brokers that a bus is on.
type server struct {
	service string
	config  Config
	client  *kgo.Client // publishes, and asks
	admin   *kadm.Client
	alive   context.Context // ends when the bus is closed
	end     context.CancelFunc

	metadata int          // bytes that a commit may have
	batch    atomic.Int64 // bytes that a message may have with everything

	topic   atomic.Pointer[topic] // that of the events
	changed chan struct{}         // signalled when the topics must be looked after
	fault   atomic.Pointer[error] // why they cannot be used
	tended  sync.WaitGroup

	mu     sync.Mutex
	groups map[string]*group

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
	b.use(s)
	b.tended.Go(b.tending)
	return brokerbus.New(b, b.config.Window), nil
}

// use notes which topic the events are in. What was known of another one before is of no
// use.
func (b *server) use(s *state) {
	b.batch.Store(int64(s.largest))
	before := b.topic.Load()
	if before != nil && before.id == s.events {
		return
	}
	next := &topic{id: s.events}
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
	b = &server{service: service, config: c, groups: map[string]*group{}, changed: make(chan struct{}, 1)}
	b.alive, b.end = context.WithCancel(context.Background())
	if b.client, err = b.newClient(b.publishing()...); err != nil {
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

func (b *server) newClient(more ...kgo.Opt) (*kgo.Client, error) {
	opts, err := b.config.options()
	if err != nil {
		return nil, err
	}
	return kgo.NewClient(append(opts, more...)...)
}

// suits returns an error if the brokers cannot be used for a bus, and notes their limits.
func (b *server) suits(ctx context.Context) error {
	versions, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx, b.client)
	if err != nil {
		return err
	}
	if !recent(versions) {
		return kit.Errorf(kit.Invalid, "Kafka at %s is too old: 2.8 or later is needed", b.config.Brokers)
	}
	meta, err := b.admin.BrokerMetadata(ctx)
	if err != nil {
		return err
	}
	limits := b.limits(ctx, meta)
	b.metadata = limits("offset.metadata.max.bytes", 4096)
	b.batch.Store(int64(limits("message.max.bytes", 1048588)))
	shortest := time.Duration(limits("group.min.session.timeout.ms", 0)) * time.Millisecond
	longest := time.Duration(limits("group.max.session.timeout.ms", math.MaxInt32)) * time.Millisecond
	if lease := b.config.Lease; lease < shortest || lease > longest {
		return refuse("lease", "Kafka at %s allows leases from %v to %v (group.min.session.timeout.ms and group.max.session.timeout.ms), and not %v",
			b.config.Brokers, shortest, longest, lease)
	}
	if n := len(meta.Brokers); n < b.config.Replicas {
		return refuse("replicas", "Kafka at %s has too few brokers to keep %d replicas: %d", b.config.Brokers, b.config.Replicas, n)
	}
	return nil
}

// recent reports whether topics have IDs.
func recent(versions *kmsg.ApiVersionsResponse) bool {
	for _, key := range versions.ApiKeys {
		if key.ApiKey == (*kmsg.MetadataRequest)(nil).Key() {
			return key.MaxVersion >= 10
		}
	}
	return false
}

// limits returns a function that returns a number of the configuration of the brokers, or
// one that is to be assumed if it is not to be known.
func (b *server) limits(ctx context.Context, meta kadm.Metadata) func(name string, otherwise int) int {
	found := map[string]string{}
	if len(meta.Brokers) > 0 {
		configs, _ := b.admin.DescribeBrokerConfigs(ctx, meta.Brokers[0].NodeID) // the user may not be allowed to know
		for _, c := range configs {
			for _, entry := range c.Configs {
				found[entry.Key] = entry.MaybeValue()
			}
		}
	}
	return func(name string, otherwise int) int { return number(found[name], otherwise) }
}

func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
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

// Ping asks for the topic of the events, and tells what was found when the topics were
// looked after.
func (b *server) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	_, err := b.leaders(ctx)
	if err != nil {
		b.look()
		err = b.config.explain(err)
	}
	if err = cmp.Or(err, b.spoiled(), b.outcast()); err != nil {
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

// spoiled returns why the topics could not be used when they were looked after last.
func (b *server) spoiled() error {
	if err := b.fault.Load(); err != nil {
		return *err
	}
	return nil
}

// outcast returns why this process cannot be a member of one of its groups.
func (b *server) outcast() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		if err := g.fault.Load(); err != nil && *err != nil && g.Active.Err() == nil {
			return *err
		}
	}
	return nil
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
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	at := "Kafka at " + c.Brokers
	for _, e := range []struct {
		is      error
		code    kit.Code
		key     string
		message string
	}{
		{kerr.SaslAuthenticationFailed, kit.Invalid, "password", " refuses the user or the password"},
		{kerr.UnsupportedSaslMechanism, kit.Invalid, "mechanism", " does not accept the mechanism " + c.Mechanism},
		{kerr.IllegalSaslState, kit.Invalid, "user", " does not ask for a user: this address has no SASL"},
		{kerr.TopicAuthorizationFailed, kit.Invalid, "user", " does not allow the user to use topics " + c.Topic + ".…"},
		{kerr.GroupAuthorizationFailed, kit.Invalid, "user", " does not allow the user to use groups " + c.Topic + ".…"},
		{kerr.ClusterAuthorizationFailed, kit.Invalid, "user", " does not allow the user what is needed"},
		{kerr.InvalidReplicationFactor, kit.Invalid, "replicas", " cannot keep as many replicas"},
		{kerr.InvalidSessionTimeout, kit.Invalid, "lease", " does not allow the lease: see group.min.session.timeout.ms"},
		{kerr.InconsistentGroupProtocol, kit.Invalid, "topic", " has groups " + c.Topic + ".… with members of another kind"},
		{kerr.PolicyViolation, kit.Invalid, "topic", " does not allow topics as they must be"},
		{kerr.InvalidTopicException, kit.Invalid, "topic", " does not allow the names of topics"},
		{context.DeadlineExceeded, kit.Unavailable, "brokers", " does not answer in time"},
	} {
		if errors.Is(err, e.is) {
			return keyed{kit.Wrap(e.code, err, at+e.message), e.key}
		}
	}
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return keyed{kit.Wrap(kit.Invalid, err, "cannot read "+path.Path+", which is needed to connect to Kafka"), "ca_file"}
	}
	if explained := c.explainTLS(err, at); explained != nil {
		return explained
	}
	if _, ok := errors.AsType[*net.OpError](err); ok {
		return kit.Wrap(kit.Unavailable, err, at+" cannot be reached")
	}
	if strings.Contains(err.Error(), "invalid large response size") { // it has no type
		return kit.Wrap(kit.Invalid, err, "what answers at "+c.Brokers+" is not Kafka")
	}
	return kit.Wrap(kit.Unavailable, err, at+" cannot be used")
}

// explainTLS returns an error if one comes from setting up a connection.
func (c Config) explainTLS(err error, at string) error {
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var certificate *tls.CertificateVerificationError
	var first *kgo.ErrFirstReadEOF
	switch {
	case errors.As(err, &certificate):
		return keyed{kit.Wrap(kit.Invalid, err, at+" has a certificate that is not trusted or does not match: see the CA file"), "ca_file"}
	case errors.As(err, &alert):
		return keyed{kit.Wrap(kit.Invalid, err, at+" does not accept the certificate, or wants one"), "cert_file"}
	case errors.As(err, &record):
		return keyed{kit.Wrap(kit.Invalid, err, at+" does not use TLS"), "tls"}
	case strings.Contains(err.Error(), "tls alert record"): // it has no type
		return keyed{kit.Wrap(kit.Invalid, err, at+" requires TLS"), "tls"}
	case errors.As(err, &first) && c.overTLS():
		return keyed{kit.Wrap(kit.Unavailable, err, at+" closes connections at once: it may not use TLS"), "tls"}
	case errors.As(err, &first) && c.User == "":
		return keyed{kit.Wrap(kit.Unavailable, err, at+" closes connections at once: it may require a user, or TLS"), "user"}
	case errors.As(err, &first):
		return keyed{kit.Wrap(kit.Unavailable, err, at+" closes connections at once: it may require TLS"), "tls"}
	}
	return nil
}
