package brokerbus

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Place is how far a group has come with a partition of a broker that keeps a log, in
// which messages have increasing positions and stay when they were handled.
type Place struct {
	// Log is the name of the log, which no other has.
	Log string `json:"log,omitempty"`
	// Read is the position, by topic, up to which all messages are handled or wait.
	Read map[string]uint64 `json:"read"`
	// Waiting has the positions before these of the messages that are not handled.
	Waiting []uint64 `json:"waiting,omitempty"`
}

// In returns the place in a log that ends with a position. Nothing was read of another
// one, nor of one that has lost what was read.
func (p Place) In(log string, last uint64) Place {
	lost := p.Log != log
	for _, read := range p.Read {
		lost = lost || read > last
	}
	if lost {
		return Place{Log: log}
	}
	return p
}

// Done returns the position up to which the group has handled all messages of a topic,
// with which it began at start.
func (p Place) Done(topic string, start uint64) uint64 {
	done, ok := p.Read[topic]
	if !ok {
		done = start
	}
	if len(p.Waiting) > 0 {
		done = min(done, slices.Min(p.Waiting)-1)
	}
	return done
}

// Behind returns how many messages up to the last position the group has not handled: those
// that wait, and all after what was read of each topic, with which it began at its start.
func (p Place) Behind(last uint64, starts map[string]uint64) int {
	read := last
	for topic, start := range starts {
		if at, ok := p.Read[topic]; ok {
			start = at
		}
		read = min(read, start)
	}
	n := last - read
	for _, position := range p.Waiting {
		if position <= read {
			n++
		}
	}
	return int(n)
}

// Log is a Partition of a broker that keeps a log.
type Log struct {
	*Partition[uint64]
	name string
	from map[string]uint64 // by topic: what was read before, in whichever version

	changed atomic.Bool // since the place was taken

	mu    sync.Mutex
	read  uint64            // the position that was read last
	again []uint64          // positions that were read before, not handled, and not read again yet; sorted
	left  map[string]uint64 // by topic that others handle: the position before the first message for them
}

// OwnLog is Own for a partition in which the group has a place. starts says where it begins
// with topics of which it has read nothing.
func (g *Group) OwnLog(while context.Context, holds func() bool, at Place, starts map[string]uint64) *Log {
	l := &Log{name: at.Log, from: maps.Clone(starts), again: slices.Sorted(slices.Values(at.Waiting)), left: map[string]uint64{}}
	maps.Copy(l.from, at.Read)
	l.read = l.from[g.Topics()[0]]
	for topic := range g.topics {
		l.read = min(l.read, l.from[topic])
	}
	if len(l.again) > 0 {
		l.read = min(l.read, l.again[0]-1)
	}
	for topic, from := range l.from {
		if from < l.read && !g.Knows(topic) { // what comes before is not read here
			l.left[topic] = from
		}
	}
	l.Partition = Own(g, while, holds, func(uint64) { l.Retake() })
	return l
}

// Next returns the position after which to read on. What is read must begin there, and
// have the messages of all topics: only so is it known how far the group has come.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.read
}

// Receive has a message handled, or nil if there is none at a position, unless it was
// handled before or is not for this group. It is left to others if this version of the
// service does not handle it. Positions that are passed over have no message any more.
func (l *Log) Receive(position uint64, m *kit.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := false
	for len(l.again) > 0 && l.again[0] <= position {
		again = l.again[0] == position
		l.again = l.again[1:]
	}
	if m != nil && (m.Group == "" || m.Group == l.group.Name) && (again || position > l.from[m.Topic]) {
		if l.group.Knows(m.Topic) {
			l.Add(position, *m)
		} else if _, before := l.left[m.Topic]; !before {
			l.left[m.Topic] = position - 1
		}
	}
	l.read = position
	l.changed.Store(true)
}

// Changed reports whether the place has changed since it was taken last, or since Retake.
func (l *Log) Changed() bool { return l.changed.Load() }

// Take returns the place as it is to be stored.
func (l *Log) Take() Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed.Store(false)
	at := Place{Log: l.name, Read: map[string]uint64{}, Waiting: slices.Concat(l.waitingHere(), l.again)}
	for topic, from := range l.from {
		if left, ok := l.left[topic]; ok {
			at.Read[topic] = left
		} else {
			at.Read[topic] = max(from, l.read)
		}
	}
	return at
}

// waitingHere returns the positions that were received here and not handled, sorted.
func (l *Log) waitingHere() []uint64 {
	l.Partition.mu.Lock()
	defer l.Partition.mu.Unlock()
	return slices.Sorted(maps.Keys(l.waiting))
}

// Retake has the place taken again, since it was not stored.
func (l *Log) Retake() { l.changed.Store(true) }
