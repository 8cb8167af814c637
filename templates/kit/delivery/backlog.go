package delivery

import (
	"sync"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// patient is how many events may wait for others of their key before no more are
// claimed.
const patient = 10 * batch

// backlog keeps the events of a key in order on their way to the bus. What is
// published later must not pass what was published earlier and may still fail: an
// event waits until those of its key that were published before it are settled.
type backlog struct {
	mu      sync.Mutex
	waiting []kit.Message  // in the order of claiming
	onWay   map[string]int // how many are on their way, by key
	// Keys of which an event is being given back, and those of which one was since
	// the claim under way began. The claim may have found the ones behind it alone.
	returning, returned map[string]bool
}

func newBacklog() *backlog {
	return &backlog{onWay: map[string]int{}, returning: map[string]bool{}, returned: map[string]bool{}}
}

// claiming must be called before events are claimed. It reports whether there is
// room for them.
func (b *backlog) claiming() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.returned)
	return len(b.waiting) < patient
}

// add takes what was claimed. It returns what is to be given back: events of keys
// of which an earlier one was, or is being, given back.
func (b *backlog) add(msgs []kit.Message) (back []kit.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range msgs {
		if b.returning[m.Key] || b.returned[m.Key] {
			back = append(back, m.ID)
		} else {
			b.waiting = append(b.waiting, m)
		}
	}
	return back
}

// next returns what may be published now, all of it at once, in order.
func (b *backlog) next() []kit.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var now, later []kit.Message
	for _, m := range b.waiting {
		if b.onWay[m.Key] > 0 {
			later = append(later, m)
		} else {
			now = append(now, m)
		}
	}
	for _, m := range now {
		b.onWay[m.Key]++
	}
	b.waiting = later
	return now
}

// settled notes what became of an event that was on its way. Where it was not
// taken, it returns those that waited for it, which are to be given back with it;
// released is to be called when they were.
func (b *backlog) settled(key string, taken bool) (back []kit.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.onWay[key]--; b.onWay[key] == 0 {
		delete(b.onWay, key)
	}
	if taken {
		return nil
	}
	b.returning[key] = true
	kept := b.waiting[:0]
	for _, m := range b.waiting {
		if m.Key == key {
			back = append(back, m.ID)
		} else {
			kept = append(kept, m)
		}
	}
	b.waiting = kept
	return back
}

// released notes that all events of the key that were to be given back were.
func (b *backlog) released(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.returning, key)
	b.returned[key] = true
}

// drain returns everything that waits, and forgets it.
func (b *backlog) drain() (back []kit.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.waiting {
		back = append(back, m.ID)
	}
	b.waiting = nil
	return back
}

// isEmpty reports whether nothing waits.
func (b *backlog) isEmpty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.waiting) == 0
}
