package natsbus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// lease is the right of this process to handle a partition for its group: it is the
// owner in the group's place, and its claim is valid.
type lease struct {
	*brokerbus.Log
	group     *group
	server    *server
	partition int
	began     time.Time
	place     place // when it was written last
}

// newLease returns a lease for a partition of which this member has become the owner,
// which is lost when while ends.
func newLease(while context.Context, g *group, p int, at place) *lease {
	start := func(topic string) uint64 { return g.topics[topic][p].in(at.Stream) }
	return &lease{
		Log:   g.OwnLog(while, g.claim.Holds, at.Place, start),
		group: g, server: g.server, partition: p, began: time.Now(), place: at,
	}
}

// run handles the partition for as long as the lease is active, and then lets another
// member have it. It reports whether another one can.
func (l *lease) run() (released bool) {
	ended := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keep(ended) })
	brokerbus.Until(l.Active, l.catchUp)
	brokerbus.Until(l.Active, l.readOn)
	l.Close()
	close(ended)
	keeping.Wait()
	err := l.save("")
	l.Lose()
	return err == nil || errors.Is(err, errLost)
}

// catchUp has those messages handled that were read before, the oldest first.
func (l *lease) catchUp() error {
	stream, err := l.stream()
	if err != nil {
		return err
	}
	var read []*jetstream.RawStreamMsg
	for _, sequence := range l.Waiting() {
		m, err := stream.GetMsg(l.Active, sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			l.Settle(sequence) // it was removed: it is too old
			continue
		}
		if err != nil {
			return err
		}
		read = append(read, m)
	}
	for _, m := range read {
		message, err := l.server.subjects.decode(m.Subject, m.Header, m.Data)
		if err != nil {
			l.Settle(m.Sequence) // it was not published by a bus
			continue
		}
		l.Again(m.Sequence, message)
	}
	return nil
}

// stream returns the partition's stream. It ends the lease if it is another one than
// that in which the group has its place, or has lost what was read.
func (l *lease) stream() (jetstream.Stream, error) {
	s, err := l.server.js.Stream(l.Active, l.server.config.stream(l.partition))
	if err != nil {
		return nil, err
	}
	if info := s.CachedInfo(); !info.Created.Equal(l.place.Stream) || info.State.LastSeq < l.Next() {
		l.End()
		return nil, errLost
	}
	return s, nil
}

// readOn reads messages and has them handled, for as long as none is missed.
func (l *lease) readOn() error {
	ctx, cancel := context.WithCancel(l.Active)
	defer cancel()
	defer context.AfterFunc(l.server.link.Load().up, cancel)()
	stream, err := l.stream()
	if err != nil {
		return err
	}
	c, err := stream.CreateConsumer(ctx, reader(jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.Next() + 1,
	}))
	if err != nil {
		return err
	}
	defer l.discard(stream, c)
	for nth := uint64(1); ; {
		batch, err := c.Fetch(l.Room(), jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(time.Second))
		if err != nil {
			return err
		}
		for m := range batch.Messages() {
			if err := l.receive(m, nth); err != nil {
				return err
			}
			nth++
		}
		if err := batch.Error(); err != nil {
			return err
		}
	}
}

// errMissed ends a consumer when a message did not arrive.
var errMissed = errors.New("a message was missed")

// receive has a message handled that must be the nth of its consumer.
func (l *lease) receive(m jetstream.Msg, nth uint64) error {
	about, err := m.Metadata()
	if err != nil {
		return err
	}
	if about.Sequence.Consumer != nth {
		return errMissed
	}
	var received *kit.Message
	if message, err := l.server.subjects.decode(m.Subject(), m.Headers(), m.Data()); err == nil {
		received = &message
	}
	l.Receive(about.Sequence.Stream, received)
	return nil
}

// discard removes a consumer. If that fails, the server does after a while.
func (l *lease) discard(stream jetstream.Stream, c jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.Background(), l.server.config.Lease/8)
	defer cancel()
	_ = stream.DeleteConsumer(ctx, c.CachedInfo().Name)
}

// errLost is why a place was not written: another member may own the partition.
var errLost = errors.New("the lease is lost")

// saveInterval is how long it takes at most until what was handled is written down,
// which another member would handle again if this one died.
const saveInterval = 200 * time.Millisecond

// keep writes the place when it has changed.
func (l *lease) keep(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(saveInterval):
		}
		if l.Changed() && l.Lost.Err() == nil && l.group.claim.Holds() {
			_ = l.save(l.group.self) // the next attempt follows soon
		}
	}
}

// save writes the place, with this member as the owner or nobody.
func (l *lease) save(owner string) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.server.config.ConnectTimeout)
	defer cancel()
	at, subject := l.place, l.server.subjects.place(l.group.Name, l.partition)
	at.Owner, at.Place = owner, l.Take()
	sequence, err := l.server.replace(ctx, subject, at.sequence, at)
	if replaced(err) { // by another member, or by this one when it did not hear so
		var latest place
		if latest, err = l.server.place(ctx, l.group.Name, l.partition); err == nil && latest.Owner != l.group.self {
			l.Lose()
			return errLost
		}
		if err == nil {
			sequence, err = l.server.replace(ctx, subject, latest.sequence, at)
		}
	}
	if err != nil {
		l.Retake()
		return err
	}
	l.place.sequence = sequence
	return nil
}
