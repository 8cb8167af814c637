package brokerbus

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Place is how far a group has come with a partition of a broker that keeps a log, in
// which messages have increasing positions and stay when they were handled.
type Place struct {
	// Read is the position, by topic, up to which all messages are handled or wait.
	Read map[string]uint64 `json:"read"`
	// Waiting has the positions before these of the messages that are not handled.
	Waiting []uint64 `json:"waiting,omitempty"`
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

// Log is a Partition of a broker that keeps a log. The place of a topic is changed only
// by members that handle it.
type Log struct {
	*Partition
	skip map[string]uint64 // by topic: what was read before

	mu      sync.Mutex
	place   Place
	read    uint64 // the position that was read last
	changed bool   // since the place was taken
}

// OwnLog is Own for a partition in which the group has a place. start returns where it
// begins with a topic of which it has read nothing. The messages that waited are yet to
// be added.
func (g *Group) OwnLog(while context.Context, holds func() bool, at Place, start func(topic string) uint64) *Log {
	l := &Log{place: at, skip: map[string]uint64{}}
	if at.Read == nil {
		l.place.Read = map[string]uint64{}
	}
	first := true
	for topic := range g.topics {
		read, ok := at.Read[topic]
		if !ok {
			read = start(topic)
		}
		l.skip[topic] = read
		if first || read < l.read {
			l.read, first = read, false
		}
	}
	l.Partition = g.Own(while, holds, func(uint64) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed = true
	})
	for _, position := range at.Waiting {
		l.waiting[position] = true
	}
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
// read before or is not for this group.
func (l *Log) Receive(position uint64, m *kit.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m != nil && l.group.Receives(*m) && position > l.skip[m.Topic] {
		l.Add(position, *m)
	}
	l.read, l.changed = position, true
}

// Again has a message handled that was read before and waited. It is left to others if
// this version of the service does not handle it.
func (l *Log) Again(position uint64, m kit.Message) {
	if l.group.Knows(m.Topic) {
		l.Add(position, m)
	} else {
		l.Leave(position)
	}
}

// Changed reports whether the place has changed since it was taken last, or since Retake.
func (l *Log) Changed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// Take returns the place as it is to be stored.
func (l *Log) Take() Place {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = false
	for topic, skip := range l.skip {
		l.place.Read[topic] = max(skip, l.read)
	}
	return Place{Read: maps.Clone(l.place.Read), Waiting: l.Waiting()}
}

// Retake has the place taken again, since it was not stored.
func (l *Log) Retake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = true
}
