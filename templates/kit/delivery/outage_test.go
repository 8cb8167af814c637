package delivery_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// moodyBus takes messages of a key one after another, a little later, and now and
// then does not take one. Those that wait for that one then fail with it, as a
// broker's do that is cut off.
type moodyBus struct {
	kit.Bus
	mu    sync.Mutex
	lanes map[string][]func() bool // what is to be done, by key
	taken map[string][]int         // the numbers of what was taken, by key
}

func (b *moodyBus) Publish(_ context.Context, taken func(i int, err error), msgs ...kit.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range msgs {
		_, busy := b.lanes[m.Key]
		b.lanes[m.Key] = append(b.lanes[m.Key], func() bool {
			if rand.N(20) == 0 {
				return false
			}
			b.mu.Lock()
			e, _ := codec{}.Decode(m.Topic, m.Payload)
			b.taken[m.Key] = append(b.taken[m.Key], e.(counted).N)
			b.mu.Unlock()
			taken(i, nil)
			return true
		}, func() bool { taken(i, kit.Errorf(kit.Unavailable, "not now")); return false })
		if !busy {
			go b.run(m.Key)
		}
	}
}

// run does what is to be done for a key, until there is no more.
func (b *moodyBus) run(key string) {
	failed := false
	for {
		b.mu.Lock()
		lane := b.lanes[key]
		if len(lane) == 0 {
			delete(b.lanes, key)
			b.mu.Unlock()
			return
		}
		b.lanes[key] = lane[2:]
		b.mu.Unlock()
		time.Sleep(rand.N(50 * time.Microsecond)) // a network
		if failed || !lane[0]() {
			failed = true
			lane[1]()
		}
	}
}

// TestOrderIsKeptWhereTheBusDoesNotTake shows that no event passes an earlier one
// of its key that the bus did not take at first, however they are claimed.
func TestOrderIsKeptWhereTheBusDoesNotTake(t *testing.T) {
	r := newRig(t)
	bus := &moodyBus{Bus: r.deps.Bus, lanes: map[string][]func() bool{}, taken: map[string][]int{}}
	r.deps.Bus = bus
	r.relay = delivery.NewRelay(r.config, r.deps)
	r.relay.Start()
	keys := []string{"a", "b", "c"}
	for n := range 300 {
		for _, key := range keys {
			r.emit(t, counted{key, n})
		}
	}
	r.awaitEmptyOutbox(t)
	bus.mu.Lock()
	defer bus.mu.Unlock()
	for _, key := range keys {
		if got := bus.taken[key]; len(got) != 300 || !slices.IsSorted(got) {
			t.Errorf("key %s: %d events were taken, or not in order: %v", key, len(got), got)
		}
	}
}

// awayStore is a store that does not answer while it is away.
type awayStore struct {
	kit.Transactor
	kit.Outbox
	kit.DeadLetterQueue
	away atomic.Bool
}

func (s *awayStore) answer() error {
	if s.away.Load() {
		return kit.Errorf(kit.Unavailable, "the store is away")
	}
	return nil
}

func (s *awayStore) Within(ctx context.Context, fn func(context.Context) error) error {
	if err := s.answer(); err != nil {
		return err
	}
	return s.Transactor.Within(ctx, fn)
}

func (s *awayStore) Done(ctx context.Context, ids ...kit.UUID) error {
	if err := s.answer(); err != nil {
		return err
	}
	return s.Outbox.Done(ctx, ids...)
}

func (s *awayStore) Letters(ctx context.Context, page kit.Page) (kit.Listing[kit.DeadLetter], error) {
	if err := s.answer(); err != nil {
		return kit.Listing[kit.DeadLetter]{}, err
	}
	return s.DeadLetterQueue.Letters(ctx, page)
}

// TestNothingIsBuriedWhileTheStoreIsAway shows that an outage uses no attempts up,
// and that everything goes on by itself when it ends.
func TestNothingIsBuriedWhileTheStoreIsAway(t *testing.T) {
	r := newRig(t)
	store := &awayStore{Transactor: r.db, Outbox: r.db, DeadLetterQueue: r.db}
	r.deps.Tx, r.deps.Outbox, r.deps.DeadLetters = store, store, store
	var tries, handled atomic.Int64
	began := make(chan struct{})
	c := consumerOf(t, subscriber{"g", func(context.Context, kit.Event) error {
		if tries.Add(1) == 1 {
			store.away.Store(true)
			close(began)
			return store.answer() // as a repository of that store would
		}
		handled.Add(1)
		return nil
	}}, r.config, r.deps)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.consumers = append(r.consumers, c)
	r.relay = delivery.NewRelay(r.config, r.deps)
	r.emit(t, counted{"k", 1})
	r.relay.Start()
	<-began
	time.Sleep(100 * time.Millisecond) // many times what three attempts take
	store.away.Store(false)
	r.awaitEmptyOutbox(t)
	if letters := r.letters(t); len(letters) > 0 || handled.Load() != 1 {
		t.Errorf("handled %d times, buried %v", handled.Load(), letters)
	}
}
