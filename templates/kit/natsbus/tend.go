package natsbus

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// advised is called with what the server says about any stream.
func (b *server) advised(m *nats.Msg) {
	if name := m.Subject[strings.LastIndexByte(m.Subject, '.')+1:]; strings.HasPrefix(name, b.config.Stream+"_") {
		b.tender.Look()
	}
}

// tend has the streams be as they must, and removes what every group has handled.
func (b *server) tend(ctx context.Context) error {
	ctx, cancel := b.connected(ctx)
	defer cancel()
	s, err := b.makeStreams(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	groups, err := b.record.Renew(ctx)
	if err != nil {
		return b.config.explain(err)
	}
	_ = each(func(p int) error { return b.trim(ctx, s, groups, p) }) // it can wait
	return nil
}

// farBehind is how many messages may be kept behind one that was not handled, until
// they are removed topic by topic. It takes longer, and is for a topic that no version
// of the service handles any more.
const farBehind = 1000

// trim removes from a partition what every group has handled. What s says of it was true
// before the groups were asked: what was published since, for groups that are known only
// now, is kept.
func (b *server) trim(ctx context.Context, s *state, groups map[string]brokerbus.Starts, p int) error {
	if s.forgot(p) && time.Since(s.since) < brokerbus.LongestAbsence {
		return nil
	}
	was, places := s.partitions[p], map[string]brokerbus.Place{}
	for group := range groups {
		at, err := b.place(ctx, group, p)
		if err != nil {
			return err
		}
		places[group] = at.Place
	}
	stream, err := b.js.Stream(ctx, b.config.stream(p))
	if err != nil || !stream.CachedInfo().Created.Equal(was.Created) {
		return err
	}
	now := stream.CachedInfo().State
	handled := brokerbus.Handled(groups, logOf(was), p, now.LastSeq, func(group string) brokerbus.Place { return places[group] })
	lowest := was.State.LastSeq
	for _, sequence := range handled {
		lowest = min(lowest, sequence)
	}
	if lowest >= now.FirstSeq {
		err = purge(ctx, stream, lowest)
	}
	if err != nil || was.State.LastSeq-lowest < farBehind {
		return err
	}
	return b.trimTopics(ctx, stream, b.subjects.partition(p), handled, was.State.LastSeq)
}

// purge removes messages up to one. There may be none: servers up to 2.12.0 that are told to
// remove those before the first remove all.
func purge(ctx context.Context, stream jetstream.Stream, last uint64, of ...jetstream.StreamPurgeOpt) error {
	if last == 0 {
		return nil
	}
	return stream.Purge(ctx, append(of, jetstream.WithPurgeSequence(last+1))...)
}

// trimTopics removes what was handled of each topic that has many messages.
func (b *server) trimTopics(ctx context.Context, stream jetstream.Stream, prefix string, handled map[string]uint64, last uint64) error {
	about, err := stream.Info(ctx, jetstream.WithSubjectFilter(prefix+address("", ">")))
	if err != nil {
		return err
	}
	for subject, n := range about.State.Subjects {
		sequence, received := handled[strings.TrimPrefix(subject, prefix+address("", ""))]
		if !received {
			sequence = last
		}
		if n > farBehind {
			err = cmp.Or(err, purge(ctx, stream, sequence, jetstream.WithPurgeSubject(subject)))
		}
	}
	return err
}
