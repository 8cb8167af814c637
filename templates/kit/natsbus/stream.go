package natsbus

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// prefetch is how many messages of a partition a member holds at most, and ahead how
// many there must be room for before it asks for more.
const (
	prefetch = 256
	ahead    = 64
)

// makeStreams makes the stream of each partition and that of the turns, or widens
// them.
func (b *Bus) makeStreams(ctx context.Context) error {
	err := each(func(p int) error {
		_, err := b.makeStream(ctx, b.streamConfig(p))
		return err
	})
	if err != nil {
		return err
	}
	return b.makeTurns(ctx)
}

// each calls do for all partitions at once: a server takes its time for each, and
// one after another they would have a start wait. It returns the first error.
func each(do func(p int) error) error {
	var errs [partitions]error
	var all sync.WaitGroup
	for p := range errs {
		all.Go(func() { errs[p] = do(p) })
	}
	all.Wait()
	return cmp.Or(errs[:]...)
}

// streamConfig is what keeps the messages of a partition. It has a stream of its
// own: the server looks for what a consumer wants among all messages of a stream,
// and asks every consumer of it about each that was handled.
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

// makeTurns makes the stream of the turns, and the turns.
func (b *Bus) makeTurns(ctx context.Context) error {
	turns, err := b.makeStream(ctx, jetstream.StreamConfig{
		Name: b.turnStream(), Subjects: []string{b.subjects.turns()}, Retention: jetstream.LimitsPolicy,
		Storage: jetstream.FileStorage, MaxMsgsPerSubject: 1, Replicas: b.config.Replicas,
	})
	if err != nil || turns.CachedInfo().State.Msgs == partitions {
		return err
	}
	return each(func(p int) error {
		_, err := b.js.Publish(ctx, b.subjects.turn(p), nil, jetstream.WithExpectLastSequencePerSubject(0))
		if api, ok := errors.AsType[*jetstream.APIError](err); ok && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence {
			return nil // it is there
		}
		return err
	})
}

func (b *Bus) turnStream() string { return b.config.Stream + "_turns" }

// makeStream makes a stream as wanted. One that is there is widened: it keeps
// whatever it has more of.
func (b *Bus) makeStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	s, err := b.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = b.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody else was quicker
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
	wider, changed := widened(have, want)
	if !changed {
		return s, nil
	}
	return b.js.UpdateStream(ctx, wider)
}

// widened returns have with what want has more of, and whether that is anything.
func widened(have, want jetstream.StreamConfig) (wider jetstream.StreamConfig, changed bool) {
	wider = have
	for _, subject := range want.Subjects {
		if !slices.Contains(have.Subjects, subject) {
			wider.Subjects, changed = append(slices.Clone(wider.Subjects), subject), true
		}
	}
	if want.Replicas > have.Replicas {
		wider.Replicas, changed = want.Replicas, true
	}
	if have.MaxAge != 0 && (want.MaxAge == 0 || want.MaxAge > have.MaxAge) {
		wider.MaxAge, changed = want.MaxAge, true
	}
	if want.Duplicates > have.Duplicates {
		wider.Duplicates, changed = want.Duplicates, true
	}
	return wider, changed
}

// consumerConfig is the place of a group in a partition.
func (g *group) consumerConfig(p int) jetstream.ConsumerConfig {
	name := fmt.Sprintf("%s-%02d", g.name, p)
	c := jetstream.ConsumerConfig{
		Name: name, Durable: name,
		DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: g.bus.config.Lease, MaxDeliver: -1, MaxAckPending: prefetch,
	}
	prefix := g.bus.subjects.partition(p)
	if !atLeast(g.bus.conn.ConnectedServerVersion(), 2, 10) {
		c.FilterSubject = prefix + ">" // it knows one filter alone: what is not for the group is passed over
		return c
	}
	for _, topic := range g.topics {
		c.FilterSubjects = append(c.FilterSubjects, prefix+address("", topic), prefix+address(g.name, topic))
	}
	return c
}

// turnConfig is how the turns of a group are handed out.
func (g *group) turnConfig() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Name: g.name, Durable: g.name,
		DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: g.bus.config.Lease, MaxDeliver: -1, MaxAckPending: partitions,
	}
}

// isTLS reports whether an error comes from setting up TLS.
func isTLS(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	_, ok := errors.AsType[tls.AlertError](err)
	return ok
}
