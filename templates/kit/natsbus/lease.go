package natsbus

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// lease is the right of this process to handle a partition for its group: it is the
// owner in the group's place, and its claim is valid.
type lease struct {
	*brokerbus.Log
	server    *server
	group     string
	partition int
	place     place // when it was written last
}

// Join makes a group known, and begins to acquire its share of the partitions.
func (b *server) Join(ctx context.Context, g *brokerbus.Group) (run func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, max(b.config.ConnectTimeout, 5*time.Second))
	defer cancel()
	starts, err := b.record.Enroll(ctx, g)
	if err == nil {
		run, err = b.members.Join(ctx, g, func(ctx context.Context, p int) { b.handle(ctx, g, starts, p) })
	}
	if err != nil {
		return nil, b.config.explain(err)
	}
	return run, nil
}

// handle handles a partition of a group until ctx ends, if this member can be its owner.
func (b *server) handle(ctx context.Context, g *brokerbus.Group, starts brokerbus.Starts, p int) {
	while := b.members.Claim.While() // that of before it became the owner
	at, err := b.acquire(ctx, g.Name, p)
	if err != nil {
		return // it is tried again
	}
	l := &lease{
		Log:    g.OwnLog(while, b.members.Claim.Holds, at.Place, starts.In(at.Log, p)),
		server: b, group: g.Name, partition: p, place: at,
	}
	defer context.AfterFunc(ctx, l.End)()
	l.run()
}

// acquire makes this member the owner of a partition, unless another one may be handling
// messages.
func (b *server) acquire(ctx context.Context, group string, p int) (at place, err error) {
	ctx, cancel := b.connected(ctx)
	defer cancel()
	if at, err = b.place(ctx, group, p); err != nil {
		return at, err
	}
	if at.Owner != "" && at.Owner != b.members.Self {
		if err := b.hearOf(ctx, at.Owner); err != nil {
			return at, err
		}
		if b.members.MayHold(at.Owner, group, p) {
			return at, errLost
		}
	}
	stream, err := b.js.Stream(ctx, b.config.stream(p))
	if err == nil {
		err = b.members.Hold(ctx, group, p)
	}
	if err != nil {
		return at, err
	}
	at.Owner, at.Place = b.members.Self, at.In(logOf(stream.CachedInfo()), stream.CachedInfo().State.LastSeq)
	at.sequence, err = b.replace(ctx, b.subjects.place(group, p), at.sequence, at)
	return at, err
}

// hearOf hears what a member has said last: it may be on its way from another server.
func (b *server) hearOf(ctx context.Context, member string) error {
	m, err := b.claims.GetLastMsgForSubject(ctx, b.subjects.alive(member))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return nil
	}
	if err == nil {
		b.members.Hear(m.Data)
	}
	return err
}

// run handles the partition for as long as the lease is active, and then lets another
// member have it.
func (l *lease) run() {
	handling, end := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keep(handling) })
	brokerbus.Until(l.Active, l.readOn)
	l.Close()
	end()
	keeping.Wait()
	_ = l.save("") // if it fails, the others hear that this member does not hold it
	l.Lose()
}

// stream returns the partition's stream. It ends the lease if it is another one than
// that in which the group has its place, or has lost what was read.
func (l *lease) stream() (jetstream.Stream, error) {
	s, err := l.server.js.Stream(l.Active, l.server.config.stream(l.partition))
	if err != nil {
		return nil, err
	}
	if info := s.CachedInfo(); logOf(info) != l.place.Log || info.State.LastSeq < l.Next() {
		l.End()
		return nil, errLost
	}
	return s, nil
}

// readOn reads messages and has them handled, for as long as none is missed.
func (l *lease) readOn() error {
	ctx, cancel := l.server.connected(l.Active)
	defer cancel()
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
	most := brokerbus.PrefetchBytes + int(l.server.conn.MaxPayload()) // what is larger would never come
	for nth := uint64(1); ; {
		batch, err := c.Fetch(l.Room(), jetstream.FetchMaxBytes(most), jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(time.Second))
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

// errLost is why a partition is not handled: another member may own it.
var errLost = errors.New("the lease is lost")

// saveInterval is how long it takes at most until what was handled is written down,
// which another member would handle again if this one died.
const saveInterval = 200 * time.Millisecond

// keep writes the place when it has changed.
func (l *lease) keep(handling context.Context) {
	for retry.Wait(handling, saveInterval) == nil {
		if l.Changed() && l.Lost.Err() == nil && l.server.members.Claim.Holds() {
			_ = l.save(l.server.members.Self) // the next attempt follows soon
		}
	}
}

// save writes the place, with this member as the owner or nobody.
func (l *lease) save(owner string) error {
	ctx, cancel := l.server.connected(context.Background())
	defer cancel()
	at, subject := place{Owner: owner, Place: l.Take()}, l.server.subjects.place(l.group, l.partition)
	sequence, err := l.server.replace(ctx, subject, l.place.sequence, at)
	if replaced(err) { // by another member, or by this one when it did not hear so
		var latest place
		if latest, err = l.server.place(ctx, l.group, l.partition); err == nil && latest.Owner != l.server.members.Self {
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
