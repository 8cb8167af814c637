package kafkabus

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// lease is the right of this process to handle a partition for its group: it is assigned,
// and its member is known to be alive.
type lease struct {
	*brokerbus.Log
	member    *member
	partition int32
	from      int64 // offset that it reads from

	mu      sync.Mutex
	arrived []*kgo.Record
	bytes   int           // of these
	paused  bool          // nothing more is fetched
	more    chan struct{} // signalled when records arrived
}

// newLease returns a lease for a partition that begins with the offset first.
func newLease(while context.Context, m *member, p int32, at place, first int64) *lease {
	starts := map[string]uint64{}
	for topic, from := range m.starts {
		starts[topic] = from.in(m.topic, int(p))
	}
	while, cancel := context.WithCancel(while)
	context.AfterFunc(m.gone, cancel)
	l := &lease{
		Log: m.OwnLog(while, m.holds, at.Place, starts), member: m, partition: p, more: make(chan struct{}, 1),
	}
	l.from = max(int64(l.Next()), first)
	return l
}

// run handles the partition for as long as the lease is active, and then lets another
// member have it.
func (l *lease) run() {
	l.member.reader.add(l)
	for l.Active.Err() == nil {
		l.handle(l.next())
	}
	l.member.reader.remove(l)
	l.Close()
	if l.Changed() {
		l.member.save(l)
	}
	l.Lose()
}

// Records of a partition wait here beside those that are handled, so that fetching does
// not wait for handlers: up to so many, and those of a fetch more.
const (
	aheadRecords = 2048
	aheadBytes   = 1 << 20
)

// receive has records handled that were fetched.
func (l *lease) receive(records []*kgo.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrived = append(l.arrived, records...)
	for _, r := range records {
		l.bytes += len(r.Value)
	}
	select {
	case l.more <- struct{}{}:
	default:
	}
	l.paused = len(l.arrived) > aheadRecords || l.bytes > aheadBytes
	if l.paused {
		l.member.reader.pause(l)
	}
}

// next waits for records and returns all that there are.
func (l *lease) next() []*kgo.Record {
	select {
	case <-l.more:
	case <-l.Active.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paused {
		l.paused = false
		l.member.reader.resume(l)
	}
	arrived := l.arrived
	l.arrived, l.bytes = nil, 0
	return arrived
}

// handle has records handled as there is room.
func (l *lease) handle(records []*kgo.Record) {
	room := 0
	for _, r := range records {
		if room == 0 {
			if room = l.Room(); l.Active.Err() != nil {
				return
			}
		}
		room--
		var received *kit.Message
		if message, err := decode(r); err == nil && !r.Attrs.IsControl() {
			received = &message
		}
		if position := uint64(r.Offset) + 1; position > l.Next() {
			l.Receive(position, received)
		}
	}
}
