package kafkabus

import (
	"context"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

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
	ended     bool  // no handlers run
	released  bool  // another member may have the partition

	fetched chan []*kgo.Record // they wait beside those that are handled, so that fetching does not wait
	taken   chan struct{}      // signalled when some were
	mu      sync.Mutex
	paused  bool // nothing more is fetched
}

// newLease returns a lease for a partition that begins with the offset first.
func newLease(m *member, p int32, at brokerbus.Place, first int64) *lease {
	while, cancel := context.WithCancel(m.claim.While())
	context.AfterFunc(m.gone, cancel)
	l := &lease{
		Log: m.OwnLog(while, m.holds, at, m.starts.In(at.Log, int(p))), member: m, partition: p,
		fetched: make(chan []*kgo.Record, ahead+2), taken: make(chan struct{}, 1),
	}
	l.from = max(int64(l.Next()), first)
	m.client.ResumeFetchPartitions(l.only())
	return l
}

func (l *lease) only() map[string][]int32 {
	return map[string][]int32{l.member.events(): {l.partition}}
}

// run handles the partition for as long as the lease is active.
func (l *lease) run() {
	for l.Active.Err() == nil {
		select {
		case records := <-l.fetched:
			l.took()
			l.handle(records)
		case <-l.Active.Done():
		}
	}
	l.Close()
	l.member.mu.Lock()
	l.ended = true
	l.member.mu.Unlock()
	l.member.wake()
}

// place returns what is to be committed.
func (l *lease) place() kmsg.OffsetCommitRequestTopicPartition {
	at := l.Take()
	text := encodePlace(at, l.member.server.metadata)
	p := kmsg.NewOffsetCommitRequestTopicPartition()
	p.Partition, p.Offset, p.Metadata = l.partition, offsetOf(at), &text
	return p
}

// ahead is how many fetches wait for the handlers of a partition. There is room for those
// of one more, which may have begun.
const ahead = 1

// slow is for how long a partition may hold up the others. One whose handlers take longer
// is not fetched until they are done: the client fetches twice what it had of it by then.
const slow = 10 * time.Millisecond

// receive has records handled that were fetched.
func (l *lease) receive(records []*kgo.Record) {
	select {
	case l.fetched <- records:
	default:
		l.End() // it is begun again
	}
	for limit := time.After(slow); len(l.fetched) > ahead; {
		select {
		case <-l.taken:
		case <-l.Active.Done():
			return
		case <-limit:
			l.pause()
			return
		}
	}
}

// pause has nothing more fetched, unless there is room meanwhile.
func (l *lease) pause() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.fetched) > ahead {
		l.paused = true
		l.member.client.PauseFetchPartitions(l.only())
	}
}

// took notes that there is more room.
func (l *lease) took() {
	select {
	case l.taken <- struct{}{}:
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.paused {
		l.paused = false
		l.member.client.ResumeFetchPartitions(l.only())
	}
}

// handle has records handled as there is room.
func (l *lease) handle(records []*kgo.Record) {
	room, next := 0, l.Next()
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
		if position := uint64(r.Offset) + 1; position > next {
			l.Receive(position, received)
			next = position
		}
	}
}
