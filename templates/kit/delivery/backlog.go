package delivery

import "github.com/outgrowkit/outgrow/templates/kit"

// maxWaiting is how many events may wait for others of their key before no more are
// claimed.
const maxWaiting = 10 * batchSize

// backlog keeps the events of a key in order on their way to the bus. An event that
// was published and fails must not be passed by a later one of its key, so an event
// waits here while earlier ones of its key are in flight.
type backlog struct {
	waiting  []kit.Message  // in the order in which they were claimed
	inFlight map[string]int // how many events of each key are
}

func newBacklog() *backlog { return &backlog{inFlight: map[string]int{}} }

// add adds events that were claimed.
func (b *backlog) add(msgs []kit.Message) {
	b.waiting = append(b.waiting, msgs...)
}

// full reports whether too many events wait for more to be added.
func (b *backlog) full() bool { return len(b.waiting) >= maxWaiting }

// next returns the events that can be published, which are in flight from now on:
// those of keys of which none was.
func (b *backlog) next() (msgs []kit.Message) {
	var waiting []kit.Message
	for _, m := range b.waiting {
		if b.inFlight[m.Key] > 0 {
			waiting = append(waiting, m)
		} else {
			msgs = append(msgs, m)
		}
	}
	for _, m := range msgs {
		b.inFlight[m.Key]++
	}
	b.waiting = waiting
	return msgs
}

// failed notes that the bus has not taken an event of the key, and returns the
// events of the key that waited for it: they must be claimed again, behind it.
func (b *backlog) failed(key string) (ids []kit.UUID) {
	b.landed(key)
	var waiting []kit.Message
	for _, m := range b.waiting {
		if m.Key == key {
			ids = append(ids, m.ID)
		} else {
			waiting = append(waiting, m)
		}
	}
	b.waiting = waiting
	return ids
}

// landed notes that the bus has answered for an event of the key.
func (b *backlog) landed(key string) {
	if b.inFlight[key]--; b.inFlight[key] == 0 {
		delete(b.inFlight, key)
	}
}

// drain removes and returns the events that wait.
func (b *backlog) drain() (ids []kit.UUID) {
	for _, m := range b.waiting {
		ids = append(ids, m.ID)
	}
	b.waiting = nil
	return ids
}
