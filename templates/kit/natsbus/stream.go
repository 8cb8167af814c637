package natsbus

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// prefetch is how many messages of a partition a member has at most that are not
// acknowledged.
const prefetch = 256

// makeStreams makes the stream of each partition and that of the leases, or widens
// them.
func (b *Bus) makeStreams(ctx context.Context) error {
	err := each(func(p int) error {
		_, err := b.makeStream(ctx, b.streamConfig(p))
		return err
	})
	if err != nil {
		return err
	}
	return b.makeLeases(ctx)
}

// each calls do for all partitions concurrently, since a server takes a while for
// each. It returns the first error.
func each(do func(p int) error) error {
	var errs [partitions]error
	var all sync.WaitGroup
	for p := range errs {
		all.Go(func() { errs[p] = do(p) })
	}
	all.Wait()
	return cmp.Or(errs[:]...)
}

// streamConfig configures the stream of a partition. Each partition has one: the
// server searches all messages of a stream for what a consumer wants, and asks all
// consumers of the stream about each message that was handled.
func (b *Bus) streamConfig(p int) jetstream.StreamConfig {
	c := b.config
	return jetstream.StreamConfig{
		Name: c.stream(p), Subjects: []string{b.subjects.partition(p) + ">"}, Retention: jetstream.InterestPolicy,
		Storage: jetstream.FileStorage, Discard: jetstream.DiscardNew, MaxAge: c.MaxAge,
		Duplicates: c.duplicates(), Replicas: c.Replicas,
	}
}

// stream names the stream of a partition.
func (c Config) stream(p int) string { return fmt.Sprintf("%s_%02d", c.Stream, p) }

// makeLeases makes the stream of the leases, and a lease for each partition.
func (b *Bus) makeLeases(ctx context.Context) error {
	leases, err := b.makeStream(ctx, jetstream.StreamConfig{
		Name: b.leaseStream(), Subjects: []string{b.subjects.leases()}, Retention: jetstream.LimitsPolicy,
		Storage: jetstream.FileStorage, MaxMsgsPerSubject: 1, Replicas: b.config.Replicas,
	})
	if err != nil || leases.CachedInfo().State.Msgs == partitions {
		return err
	}
	return each(func(p int) error {
		_, err := b.js.Publish(ctx, b.subjects.lease(p), nil, jetstream.WithExpectLastSequencePerSubject(0))
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
			return nil // it exists
		}
		return err
	})
}

func (b *Bus) leaseStream() string { return b.config.Stream + "_leases" }

// makeStream makes a stream. One that exists is widened, and never made smaller.
func (b *Bus) makeStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = b.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // by another process, just now
			s, err = b.js.Stream(ctx, want.Name)
		}
	}
	if err != nil {
		return nil, err
	}
	have := s.CachedInfo().Config
	if have.Retention != want.Retention || have.Storage != want.Storage {
		return nil, kit.Errorf(kit.Invalid, "stream %s exists with %v and %v storage: %v and %v are needed; name another",
			want.Name, have.Retention, have.Storage, want.Retention, want.Storage)
	}
	wider := widened(have, want)
	if reflect.DeepEqual(wider, have) {
		return s, nil
	}
	return b.js.UpdateStream(ctx, wider)
}

// widened returns have with everything that want has more of.
func widened(have, want jetstream.StreamConfig) jetstream.StreamConfig {
	wider := have
	for _, subject := range want.Subjects {
		if !slices.Contains(have.Subjects, subject) {
			wider.Subjects = append(slices.Clone(wider.Subjects), subject)
		}
	}
	wider.Replicas = max(have.Replicas, want.Replicas)
	wider.Duplicates = max(have.Duplicates, want.Duplicates)
	if want.MaxAge == 0 || have.MaxAge != 0 && want.MaxAge > have.MaxAge { // 0 is forever
		wider.MaxAge = want.MaxAge
	}
	return wider
}

// consumerConfig configures the group's consumer of a partition.
func (g *group) consumerConfig(p int) jetstream.ConsumerConfig {
	name := fmt.Sprintf("%s-%02d", g.name, p)
	c := jetstream.ConsumerConfig{
		Name: name, Durable: name,
		DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: g.bus.config.Lease, MaxDeliver: -1, MaxAckPending: prefetch,
	}
	prefix := g.bus.subjects.partition(p)
	if !atLeast(g.bus.conn.ConnectedServerVersion(), 2, 10) {
		c.FilterSubject = prefix + ">" // it allows one filter only; read skips what is not for the group
		return c
	}
	for _, topic := range g.topics {
		c.FilterSubjects = append(c.FilterSubjects, prefix+address("", topic), prefix+address(g.name, topic))
	}
	return c
}

// leaseConfig configures the group's consumer of leases.
func (g *group) leaseConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Name: g.name, Durable: g.name,
		DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: g.bus.config.Lease, MaxDeliver: -1, MaxAckPending: partitions,
	}
}

// isTLS reports whether an error comes from setting up TLS.
func isTLS(err error) bool {
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert)
}
