package delivery

import (
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// maxWaiting is how many events may wait for others of their key before no more are
// claimed.
const maxWaiting = 10 * batchSize

// maxHeld is how many bytes of payloads the relay may hold before no more events are
// claimed, whether they wait or are in flight. A claim has a limit of its own.
const maxHeld = 4 * kit.MaxPageBytes

// backlog keeps the events of a key in order on their way to the bus. An event that
// was published and fails must not be passed by a later one of its key, so an event
// waits here while earlier ones of its key are in flight.
type backlog struct {
	waiting  []kit.Message  // in the order in which they were claimed
	inFlight map[string]int // how many events of each key are
	held     int            // bytes of the payloads that wait or are in flight
}

// add adds events that were claimed.
func (b *backlog) add(msgs []kit.Message) {
	for _, m := range msgs {
		b.held += len(m.Payload)
	}
	b.waiting = append(b.waiting, msgs...)
}

// full reports whether too many events wait for more to be added, or too many bytes.
func (b *backlog) full() bool { return len(b.waiting) >= maxWaiting || b.held >= maxHeld }

// next returns the events that can be published, which are in flight from now on:
// those of keys of which none was.
func (b *backlog) next() (msgs []kit.Message) {
	msgs = b.take(func(m kit.Message) bool { return b.inFlight[m.Key] == 0 })
	for _, m := range msgs {
		b.inFlight[m.Key]++
	}
	return msgs
}

// failed notes that the bus has not taken an event, and returns the events of its key
// that waited for it: they must be claimed again, behind it.
func (b *backlog) failed(m kit.Message) []kit.Message {
	b.landed(m)
	waited := b.take(func(other kit.Message) bool { return other.Key == m.Key })
	for _, m := range waited {
		b.held -= len(m.Payload)
	}
	return waited
}

// landed notes that the bus has answered for an event.
func (b *backlog) landed(m kit.Message) {
	b.held -= len(m.Payload)
	if b.inFlight[m.Key]--; b.inFlight[m.Key] == 0 {
		delete(b.inFlight, m.Key)
	}
}

// take removes and returns those of the events that wait.
func (b *backlog) take(those func(kit.Message) bool) (taken []kit.Message) {
	b.waiting = slices.DeleteFunc(b.waiting, func(m kit.Message) bool {
		if !those(m) {
			return false
		}
		taken = append(taken, m)
		return true
	})
	return taken
}

// idsOf returns the IDs of events.
func idsOf(msgs []kit.Message) (ids []kit.UUID) {
	for _, m := range msgs {
		ids = append(ids, m.ID)
	}
	return ids
}
