package delivery_test

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// narrowBus can never send a message whose number is negative, until it is wide.
type narrowBus struct {
	kit.Bus
	mu   sync.Mutex
	wide bool
}

func (b *narrowBus) Publish(ctx context.Context, taken func(i int, err error), msgs ...kit.Message) {
	b.mu.Lock()
	wide := b.wide
	b.mu.Unlock()
	for i, m := range msgs {
		if !wide && slices.Contains(m.Payload, '-') {
			taken(i, kit.Errorf(kit.Invalid, "too large"))
			continue
		}
		b.Bus.Publish(ctx, func(_ int, err error) { taken(i, err) }, m)
	}
}

// anyNumber is codec without its limit: it reads the absolute value.
type anyNumber struct{ codec }

func (anyNumber) Decode(topic string, payload []byte) (kit.Event, error) {
	return codec{}.Decode(topic, slices.DeleteFunc(slices.Clone(payload), func(c byte) bool { return c == '-' }))
}

// TestWhatTheBusCanNeverTakeIsBuried shows that events which can never be sent become dead
// letters at once, however many there are, that none of another key or of their own waits
// for them, and that they reach every group when they are replayed.
func TestWhatTheBusCanNeverTakeIsBuried(t *testing.T) {
	const refused = 1200
	var mu sync.Mutex
	got := map[string][]int{}
	note := func(group string) subscriber {
		return subscriber{group, func(_ context.Context, e kit.Event) error {
			mu.Lock()
			defer mu.Unlock()
			got[group+e.Key()] = append(got[group+e.Key()], e.(counted).N)
			return nil
		}}
	}
	r := newRig(t)
	bus := &narrowBus{Bus: r.deps.Bus}
	r.deps.Bus, r.deps.Codec = bus, anyNumber{}
	for _, s := range []subscriber{note("a"), note("b")} {
		c := consumerOf(t, s, r.config, r.deps)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.consumers = append(r.consumers, c)
	}
	r.relay = delivery.NewRelay(r.config, r.deps)
	r.emit(t, counted{"k", 1})
	for n := range refused {
		r.emit(t, counted{strconv.Itoa(n), -2})
	}
	r.emit(t, counted{"k", -7}, counted{"k", 3}, counted{"other", 4})
	r.relay.Start()
	r.awaitEmptyOutbox(t)
	mu.Lock()
	for _, group := range []string{"a", "b"} {
		if !slices.Equal(got[group+"k"], []int{1, 3}) || !slices.Equal(got[group+"other"], []int{4}) {
			t.Errorf("group %s handled %v of k and %v of other", group, got[group+"k"], got[group+"other"])
		}
	}
	mu.Unlock()
	if n, again := r.deps.Counter.Buried.Load(), r.deps.Counter.Retried.Load(); n != refused+1 || again != 0 {
		t.Errorf("%d dead letters and %d retries are counted, want %d and none", n, again, refused+1)
	}
	bus.mu.Lock()
	bus.wide = true
	bus.mu.Unlock()
	for _, d := range r.letters(t) {
		if d.Message.Group != "" || d.Attempts != 1 {
			t.Errorf("a letter of group %q after %d attempts, want none and 1", d.Message.Group, d.Attempts)
		}
		if err := r.db.Replay(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	r.awaitEmptyOutbox(t)
	mu.Lock()
	defer mu.Unlock()
	if a, b := got["a0"], got["b0"]; len(a) != 1 || len(b) != 1 {
		t.Errorf("the groups handled %v and %v of what was replayed", a, b)
	}
}
