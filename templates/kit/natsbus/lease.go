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
// owner in the group's place. It has that for Config.Lease after it last wrote the
// place. Another member may become the owner once it has seen no change for so long,
// and the server lets only one of them write.
type lease struct {
	group     *group
	bus       *Bus
	partition int
	began     time.Time
	skip      map[string]uint64 // by topic: what was read before

	active   context.Context // ends when no more messages are begun
	end      context.CancelFunc
	handlers context.Context // of handlers; ends when the lease does
	cancel   context.CancelFunc
	expiry   *time.Timer // calls lose
	workers  *keyorder.Workers[delivery]

	more chan struct{} // signalled when there is room for more messages

	mu      sync.Mutex
	expires time.Time // zero if it is lost
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

// newLease returns a lease for a partition of which this member has become the owner.
func newLease(g *group, p int, at place, expires time.Time) *lease {
	l := &lease{
		group: g, bus: g.bus, partition: p, began: time.Now(), place: at, expires: expires,
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
	l.workers = keyorder.New(l.deliver)
	l.expiry = time.AfterFunc(time.Until(expires), l.lose)
	return l
}

// run handles the partition for as long as the lease is active, and then lets another
// member have it.
func (l *lease) run() {
	released := make(chan struct{})
	var keeping sync.WaitGroup
	keeping.Go(func() { l.keep(released) })
	l.untilActiveEnds(l.catchUp)
	l.untilActiveEnds(l.readOn)
	l.end()
	l.workers.Close()
	close(released)
	keeping.Wait()
	if l.remaining() > 0 {
		_ = l.save("") // if that fails, the lease expires
	}
	l.expiry.Stop()
	l.cancel()
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
	stream, err := l.stream()
	if err != nil {
		return err
	}
	c, err := stream.CreateConsumer(l.active, reader(jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: l.read + 1,
	}))
	if err != nil {
		return err
	}
	defer l.discard(stream, c)
	for nth := uint64(1); ; {
		batch, err := c.Fetch(l.room(), jetstream.FetchContext(l.active), jetstream.FetchHeartbeat(time.Second))
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
		if l.remaining() <= 0 {
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
const saveInterval = 100 * time.Millisecond

// keep writes the place when it has changed, and when it is time to renew the lease.
func (l *lease) keep(released <-chan struct{}) {
	for {
		select {
		case <-released:
			return
		case <-time.After(saveInterval):
		}
		l.mu.Lock()
		due := l.changed || time.Until(l.expires) < l.bus.config.Lease*3/4
		l.mu.Unlock()
		if due {
			_ = l.save(l.group.members.self) // the next attempt follows soon, or the lease expires
		}
	}
}

// save writes the place, with this member as the owner or nobody.
func (l *lease) save(owner string) error {
	ctx, cancel := context.WithTimeout(context.Background(), l.bus.config.Lease/4)
	defer cancel()
	asked, at := time.Now(), l.snapshot(owner)
	subject := l.bus.subjects.place(l.group.name, l.partition)
	sequence, err := l.bus.replace(ctx, subject, at.sequence, at)
	if replaced(err) { // by another member, or by this one when it did not hear so
		if err = l.retrace(ctx); err == nil {
			at.sequence = l.place.sequence
			sequence, err = l.bus.replace(ctx, subject, at.sequence, at)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = l.changed || err != nil
	if err == nil {
		l.renew(sequence, asked)
	}
	return err
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

// renew notes that the place was written, which this member had asked for at a time.
// It needs the lock.
func (l *lease) renew(sequence uint64, asked time.Time) {
	l.place.sequence = sequence
	if time.Until(l.expires) > 0 { // it stays expired
		l.expires = asked.Add(l.bus.config.Lease)
		l.expiry.Reset(time.Until(l.expires))
	}
}

// retrace finds out whether the latest place is this member's.
func (l *lease) retrace(ctx context.Context) error {
	at, err := l.bus.place(ctx, l.group.name, l.partition)
	if err != nil {
		return err
	}
	if at.Owner != l.group.members.self {
		l.lose()
		return errLost
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.place.sequence = at.sequence
	return nil
}

// lose ends the lease at once, and its handlers: another member may have it.
func (l *lease) lose() {
	l.mu.Lock()
	l.expires = time.Time{}
	l.mu.Unlock()
	l.end()
	l.cancel()
}

// remaining returns for how long no other member can have the lease.
func (l *lease) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Until(l.expires)
}
