package natsbus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// tendInterval is how long it takes on average until the bus looks again at what the
// server has.
const tendInterval = 5 * time.Second

// tending looks after the streams until the bus is closed: now and then, when there is
// another connection, and when the server says that a stream was changed.
func (b *server) tending() {
	for {
		pause := brokerbus.Pause // what was amiss is looked after soon
		if b.broken() == nil {
			pause = tendInterval/2 + rand.N(tendInterval)
		}
		select {
		case <-b.alive.Done():
			return
		case <-b.changed:
		case <-time.After(pause):
		}
		if b.conn.IsConnected() {
			err := b.tend(b.alive)
			b.fault.Store(&err)
		}
	}
}

// look has the streams looked after soon.
func (b *server) look() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// advised is called with what the server says about any stream.
func (b *server) advised(m *nats.Msg) {
	if name := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]; strings.HasPrefix(name, b.config.Stream+"_") {
		b.look()
	}
}

// tend has the streams be as they must, and removes what every group has handled.
func (b *server) tend(ctx context.Context) error {
	// What was asked on a connection that is gone is not answered: it is asked again soon.
	ctx, cancel := context.WithTimeout(ctx, b.config.ConnectTimeout)
	defer cancel()
	s, err := b.makeStreams(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	if since := b.since.Swap(s.since.UnixNano()); since != s.since.UnixNano() {
		if err := b.enrollAgain(ctx); err != nil {
			b.since.Store(since)
			return b.config.explain(err)
		}
	}
	_ = b.trim(ctx, s) // it can wait
	return nil
}

// enrollAgain makes the groups of this process known to a server that forgot them.
func (b *server) enrollAgain(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.groups {
		for topic, from := range g.topics {
			if _, err := b.replace(ctx, b.subjects.start(g.Name, topic), 0, from); err != nil && !replaced(err) {
				return err
			}
		}
	}
	return nil
}

// longestAbsence is how long messages are kept for groups that the server forgot,
// until they come back.
const longestAbsence = 24 * time.Hour

// trim removes from the streams what every group has handled. What s says of them was
// true before the groups were asked: what was published since, for groups that are
// known only now, is kept.
func (b *server) trim(ctx context.Context, s *state) error {
	from, err := b.starts(ctx)
	if err != nil {
		return err
	}
	return each(func(p int) error {
		if s.forgot(p) && time.Since(s.since) < longestAbsence {
			return nil
		}
		done, err := b.done(ctx, from, p, s.partitions[p].Created)
		if err != nil {
			return err
		}
		stream, err := b.js.Stream(ctx, b.config.stream(p))
		if err != nil || !stream.CachedInfo().Created.Equal(s.partitions[p].Created) {
			return err
		}
		last := s.partitions[p].State.LastSeq
		lowest := last
		for _, sequence := range done {
			lowest = min(lowest, sequence)
		}
		if lowest >= stream.CachedInfo().State.FirstSeq {
			err = stream.Purge(ctx, jetstream.WithPurgeSequence(lowest+1))
		}
		if err != nil || last-lowest < farBehind {
			return err
		}
		return b.trimTopics(ctx, stream, b.subjects.partition(p), done, last)
	})
}

// done returns the sequence, by topic, up to which all groups have handled all messages
// of a partition.
func (b *server) done(ctx context.Context, from map[string]map[string]starts, p int, created time.Time) (map[string]uint64, error) {
	done := map[string]uint64{}
	for group, topics := range from {
		at, err := b.place(ctx, group, p)
		if err != nil {
			return nil, err
		}
		at = at.in(created)
		for topic, of := range topics {
			sequence := at.Done(topic, of[p].in(created))
			if other, ok := done[topic]; ok {
				sequence = min(sequence, other)
			}
			done[topic] = sequence
		}
	}
	return done, nil
}

// farBehind is how many messages may be kept behind one that was not handled, until
// they are removed topic by topic. It takes longer, and is for a topic that no version
// of the service handles any more.
const farBehind = 1000

// trimTopics removes what was handled of each topic that has many messages.
func (b *server) trimTopics(ctx context.Context, stream jetstream.Stream, prefix string, done map[string]uint64, last uint64) error {
	about, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+address("", ">")))
	if err != nil {
		return err
	}
	for subject, n := range about.State.Subjects {
		sequence, received := done[strings.TrimPrefix(subject, prefix+address("", ""))]
		if !received {
			sequence = last
		}
		if n > farBehind {
			err = cmp.Or(err, stream.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeSequence(sequence+1)))
		}
	}
	return err
}

// starts returns where the groups begin, by their names and topics.
func (b *server) starts(ctx context.Context) (map[string]map[string]starts, error) {
	name := b.groupsConfig().Name
	c, err := b.js.CreateConsumer(ctx, name, reader(jetstream.ConsumerConfig{FilterSubject: b.subjects.start("*", ">")}))
	if err != nil {
		return nil, err
	}
	defer func() { _ = b.js.DeleteConsumer(ctx, name, c.CachedInfo().Name) }() // if that fails, the server does it
	from, pending := map[string]map[string]starts{}, c.CachedInfo().NumPending
	if pending == 0 {
		return from, nil
	}
	batch, err := c.Fetch(int(pending), jetstream.FetchContext(ctx))
	if err != nil {
		return nil, err
	}
	for m := range batch.Messages() {
		group, topic := b.subjects.parseStart(m.Subject())
		var of starts
		if err := json.Unmarshal(m.Data(), &of); err != nil {
			return nil, err
		}
		if from[group] == nil {
			from[group] = map[string]starts{}
		}
		from[group][topic] = of
		pending--
	}
	if pending > 0 {
		return nil, errors.New(strconv.FormatUint(pending, 10) + " groups did not answer")
	}
	return from, batch.Error()
}
