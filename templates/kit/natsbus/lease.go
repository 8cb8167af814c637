package natsbus

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// prefetch is how many messages of a partition wait in a member at most.
const prefetch = 256

// lease is the right of this process to handle a partition for its group: it is the
// owner in the group's place, and its claim is valid.
type lease struct {
	group     *group
	bus       *Bus
	partition int
	began     time.Time
	skip      map[string]uint64 // by topic: what was read before

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when they are cut off, or the lease is lost
	cancel   context.CancelFunc
	lost     context.Context // ends when another member may have the partition
	lose     context.CancelFunc
	workers  *keyorder.Workers[delivery]

	more chan struct{} // signalled when there is room for more messages

	mu      sync.Mutex
	place   place
	changed bool            // since the place was written
	read    uint64          // the sequence of the message that was read last
	waiting map[uint64]bool // the sequences that were read and not handled
	foreign int             // how many of these are for another version of the service to handle
}

// delivery is a message that was read.
type delivery struct {
	sequence uint64
	message  kit.Message
}

// newLease returns a lease for a partition of which this member has become the owner,
// which is lost when while ends.
func newLease(while context.Context, g *group, p int, at place) *lease {
	l := &lease{
		group: g, bus: g.bus, partition: p, began: time.Now(), place: at,
		skip: map[string]uint64{}, waiting: map[uint64]bool{}, more: make(chan struct{}, 1), read: math.MaxUint64,
	}
	for topic, from := range g.topics {
		l.skip[topic] = from[p].in(at.Stream)
		if read, ok := at.Read[topic]; ok {
			l.skip[topic] = read
		}
		l.read = min(l.read, l.skip[topic])
	}
	for _, sequence := range at.Waiting {
		l.waiting[sequence] = true
	}
	l.active, l.end = context.WithCancel(g.active)
	l.handlers, l.cancel = context.WithCancel(g.handlers)
	l.lost, l.lose = context.WithCancel(while)
	context.AfterFunc(l.lost, func() {
		l.end()
		l.cancel()
	})
	l.workers = keyorder.New(l.deliver)
	return l
}

// run handles the partition for as long as the lease is active, and then lets another
// member have it. It reports whether another one can.
func (l *lease) run() (released bool) {
	ended := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keep(ended) })
	l.untilActiveEnds(l.catchUp)
	l.untilActiveEnds(l.readOn)
	l.end()
	l.workers.Close()
	close(ended)
	keeping.Wait()
	err := l.save("")
	l.lose()
	return err == nil || errors.Is(err, errLost)
}

// untilActiveEnds calls do until it succeeds.
func (l *lease) untilActiveEnds(do func() error) {
	for l.active.Err() == nil && do() != nil {
		_ = retry.Pause(l.active, longestRound) // the loop notices when it ends
	}
}

// catchUp has those messages handled that were read before, the oldest first.
func (l *lease) catchUp() error {
	stream, err := l.stream()
	if err != nil {
		return err
	}
	var read []*jetstream.RawStreamMsg
	for _, sequence := range slices.Sorted(maps.Keys(l.waiting)) {
		m, err := stream.GetMsg(l.active, sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			l.handled(sequence) // it was removed: it is too old
			continue
		}
		if err != nil {
			return err
		}
		read = append(read, m)
	}
	for _, m := range read {
		message, err := l.bus.subjects.decode(m.Subject, m.Header, m.Data)
		switch {
		case err != nil:
			l.handled(m.Sequence) // it was not published by a bus
		case l.group.knows(message.Topic):
			l.workers.Add(message.Key, delivery{m.Sequence, message})
		default:
			l.mu.Lock()
			l.foreign++
			l.mu.Unlock()
		}
	}
	return nil
}

// stream returns the partition's stream. It ends the lease if it is another one than
// that in which the group has its place, or has lost what was read.
func (l *lease) stream() (jetstream.Stream, error) {
	s, err := l.bus.js.Stream(l.active, l.bus.config.stream(l.partition))
	if err != nil {
		return nil, err
	}
	info := s.CachedInfo()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !info.Created.Equal(l.place.Stream) || info.State.LastSeq < l.read {
		l.end()
		return nil, errLost
	}
	return s, nil
}

// readOn reads messages and has them handled, for as long as none is missed. It reads
// those of all topics: only so does it know how far it has come.
func (l *lease) readOn() error {
	ctx, cancel := context.WithCancel(l.active)
	defer cancel()
	defer context.AfterFunc(l.bus.link.Load().up, cancel)()
	stream, err := l.stream()
	if err != nil {
		return err
	}
	c, err := stream.CreateConsumer(ctx, reader(jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.read + 1,
	}))
	if err != nil {
		return err
	}
	defer l.discard(stream, c)
	for nth := uint64(1); ; {
		batch, err := c.Fetch(l.room(), jetstream.FetchContext(ctx), jetstream.FetchHeartbeat(time.Second))
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

// room waits until there is room for some messages, and returns for how many.
func (l *lease) room() int {
	for {
		l.mu.Lock()
		room := prefetch - len(l.waiting) + l.foreign
		l.mu.Unlock()
		if room >= prefetch/2 || l.active.Err() != nil {
			return max(room, 1)
		}
		select {
		case <-l.more:
			continue
		case <-l.active.Done():
			continue
		case <-time.After(longestRound):
		}
		if room > 0 { // the others wait for a key that fails
			return room
		}
	}
}

// errMissed ends a consumer when a message did not arrive.
var errMissed = errors.New("a message was missed")

// receive has a message handled that must be the nth of its consumer, unless it was
// read before, or is not for this group.
func (l *lease) receive(m jetstream.Msg, nth uint64) error {
	about, err := m.Metadata()
	if err != nil {
		return err
	}
	if about.Sequence.Consumer != nth {
		return errMissed
	}
	sequence := about.Sequence.Stream
	message, err := l.bus.subjects.decode(m.Subject(), m.Headers(), m.Data())
	wanted := err == nil && l.group.knows(message.Topic) && sequence > l.skip[message.Topic] &&
		(message.Group == "" || message.Group == l.group.name)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.read, l.changed = sequence, true
	if wanted {
		l.waiting[sequence] = true
		l.workers.Add(message.Key, delivery{sequence, message}) // not after the lease has ended
	}
	return nil
}

// discard removes a consumer. If that fails, the server does after a while.
func (l *lease) discard(stream jetstream.Stream, c jetstream.Consumer) {
	ctx, cancel := context.WithTimeout(context.Background(), l.bus.config.Lease/8)
	defer cancel()
	_ = stream.DeleteConsumer(ctx, c.CachedInfo().Name)
}

// errLost keeps a message from being handled when another member may have it.
var errLost = errors.New("the lease is lost")

// deliver delivers a message until it is handled, unless the lease ends before.
func (l *lease) deliver(d delivery) {
	err := retry.Until(l.active, func() error {
		if !l.holds() {
			return errLost
		}
		return l.group.handler(l.handlers, d.message)
	})
	if err == nil {
		l.handled(d.sequence)
	}
}

// handled notes that a message was handled.
func (l *lease) handled(sequence uint64) {
	l.mu.Lock()
	delete(l.waiting, sequence)
	l.changed = true
	half := len(l.waiting)-l.foreign <= prefetch/2
	l.mu.Unlock()
	if half {
		select {
		case l.more <- struct{}{}:
		default:
		}
	}
}

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
		l.mu.Lock()
		due := l.changed
		l.mu.Unlock()
		if due && l.holds() {
			_ = l.save(l.group.members.self) // the next attempt follows soon
		}
	}
}

// save writes the place, with this member as the owner or nobody.
func (l *lease) save(owner string) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.bus.config.ConnectTimeout)
	defer cancel()
	at, subject := l.snapshot(owner), l.bus.subjects.place(l.group.name, l.partition)
	sequence, err := l.bus.replace(ctx, subject, at.sequence, at)
	if replaced(err) { // by another member, or by this one when it did not hear so
		var latest place
		if latest, err = l.bus.place(ctx, l.group.name, l.partition); err == nil && latest.Owner != l.group.members.self {
			l.lose()
			return errLost
		}
		if err == nil {
			sequence, err = l.bus.replace(ctx, subject, latest.sequence, at)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.changed = true
		return err
	}
	l.place.sequence = sequence
	return nil
}

// snapshot returns the place as it is to be written.
func (l *lease) snapshot(owner string) place {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = false
	for topic := range l.group.topics {
		l.place.Read[topic] = max(l.skip[topic], l.read)
	}
	at := l.place
	at.Owner, at.Read, at.Waiting = owner, maps.Clone(l.place.Read), slices.Sorted(maps.Keys(l.waiting))
	return at
}

// holds reports whether no other member can have the lease.
func (l *lease) holds() bool { return l.lost.Err() == nil && l.group.claim.holds() }
