package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
)

// patience is how long a test waits for what must happen. The machine may be busy.
const patience = time.Minute

// counted is an event with a number.
type counted struct {
	Of string
	N  int
}

func (counted) Topic() string { return "counted" }
func (e counted) Key() string { return e.Of }

// codec is JSON for counted; it cannot read numbers below 0.
type codec struct{}

func (codec) Encode(e kit.Event) ([]byte, error) { return json.Marshal(e) }

func (codec) Decode(_ string, payload []byte) (kit.Event, error) {
	var e counted
	if err := json.Unmarshal(payload, &e); err != nil || e.N < 0 {
		return nil, kit.Errorf(kit.Invalid, "cannot be read")
	}
	return e, nil
}

// subscriber calls a function.
type subscriber struct {
	group  string
	handle func(ctx context.Context, e kit.Event) error
}

func (s subscriber) Group() string                                   { return s.group }
func (s subscriber) Topics() []string                                { return []string{"counted"} }
func (s subscriber) HandleTx(ctx context.Context, e kit.Event) error { return s.handle(ctx, e) }

// consumerOf returns a consumer of the subscriber.
func consumerOf(t *testing.T, s delivery.Subscriber, c delivery.Config, d delivery.Deps) *delivery.Consumer {
	t.Helper()
	consumer, err := delivery.NewConsumer(s, c, d)
	if err != nil {
		t.Fatal(err)
	}
	return consumer
}

// rig is a store, a bus, and what carries events from one to the other.
type rig struct {
	db        *memorystore.DB
	deps      delivery.Deps
	config    delivery.Config
	relay     *delivery.Relay
	consumers []*delivery.Consumer
}

func newRig(t *testing.T, subscribers ...subscriber) *rig {
	t.Helper()
	db := memorystore.New(codec{})
	r := &rig{
		db: db,
		config: delivery.Config{
			Attempts: 3, Backoff: time.Millisecond, MaxBackoff: 2 * time.Millisecond, Poll: 5 * time.Millisecond,
		},
		deps: delivery.Deps{
			Bus: chanbus.New(chanbus.Config{}), Tx: db, Outbox: db, Inbox: db, DeadLetters: db, Codec: codec{},
			Clock: kit.SystemClock{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Counter: new(delivery.Counter),
		},
	}
	for _, s := range subscribers {
		c := consumerOf(t, s, r.config, r.deps)
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.consumers = append(r.consumers, c)
	}
	r.relay = delivery.NewRelay(r.config, r.deps)
	t.Cleanup(func() { r.stop(t) })
	return r
}

func (r *rig) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for _, c := range r.consumers {
		if err := c.Stop(ctx); err != nil {
			t.Errorf("a consumer: %v", err)
		}
	}
	if err := r.relay.Stop(ctx); err != nil {
		t.Errorf("the relay: %v", err)
	}
}

func (r *rig) emit(t *testing.T, events ...kit.Event) {
	t.Helper()
	if err := r.db.Emit(t.Context(), events...); err != nil {
		t.Fatal(err)
	}
}

// await waits until a condition holds.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(time.Millisecond) // the interval of looking
	}
}

func (r *rig) awaitEmptyOutbox(t *testing.T) {
	t.Helper()
	await(t, "the outbox is empty", func() bool {
		waiting, _, err := r.db.Lag(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return waiting == 0
	})
}

func (r *rig) letters(t *testing.T) []kit.DeadLetter {
	t.Helper()
	list, err := r.db.Letters(t.Context(), kit.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	return list.Items
}

func TestEveryGroupHandlesEveryEventInTheOrderOfItsKey(t *testing.T) {
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
	r := newRig(t, note("a"), note("b"))
	want := make([]int, 0, 500)
	for n := range 500 {
		r.emit(t, counted{"x", n}, counted{"y", n})
		want = append(want, n)
	}
	r.relay.Start()
	r.awaitEmptyOutbox(t)
	mu.Lock()
	defer mu.Unlock()
	for _, groupKey := range []string{"ax", "ay", "bx", "by"} {
		if !slices.Equal(got[groupKey], want) {
			t.Errorf("group and key %s: %d events, or not in order", groupKey, len(got[groupKey]))
		}
	}
	if n := r.deps.Counter.Published.Load(); n != 1000 {
		t.Errorf("%d were counted as published, want 1000", n)
	}
}

func TestWhatFailsIsTriedAgainAndThenBuried(t *testing.T) {
	attempts := map[int]int{}
	r := newRig(t, subscriber{"g", func(_ context.Context, e kit.Event) error {
		n := e.(counted).N
		attempts[n]++
		switch {
		case n == 1 && attempts[n] < 3:
			return errors.New("not yet")
		case n == 2:
			return errors.New("never")
		case n == 3:
			panic("on purpose")
		}
		return nil
	}})
	r.emit(t, counted{"k", 1}, counted{"k", 2}, counted{"k", 3}, counted{"k", 4}, counted{"k", -1})
	r.relay.Start()
	r.awaitEmptyOutbox(t)
	if attempts[1] != 3 || attempts[2] != 3 || attempts[3] != 3 || attempts[4] != 1 {
		t.Errorf("attempts: %v, want 3, 3, 3 and 1", attempts)
	}
	var errs []string
	for _, d := range r.letters(t) {
		errs = append(errs, strconv.Itoa(d.Attempts)+" "+d.Message.Group+" "+d.Error[:min(5, len(d.Error))])
	}
	slices.Sort(errs)
	if want := []string{"1 g canno", "3 g never", "3 g panic"}; !slices.Equal(errs, want) {
		t.Errorf("dead letters %q, want %q", errs, want)
	}
}

func TestReplayReachesTheGroupThatFailedAlone(t *testing.T) {
	var mu sync.Mutex
	calls, fail := map[string]int{}, true
	count := func(group string) subscriber {
		return subscriber{group, func(context.Context, kit.Event) error {
			mu.Lock()
			defer mu.Unlock()
			calls[group]++
			if group == "failing" && fail {
				return errors.New("not now")
			}
			return nil
		}}
	}
	r := newRig(t, count("failing"), count("other"))
	r.emit(t, counted{"k", 1})
	r.relay.Start()
	r.awaitEmptyOutbox(t)
	mu.Lock()
	fail = false
	mu.Unlock()
	letters := r.letters(t)
	if len(letters) != 1 {
		t.Fatalf("%d dead letters, want 1", len(letters))
	}
	if err := r.db.Replay(t.Context(), letters[0].ID); err != nil {
		t.Fatal(err)
	}
	r.awaitEmptyOutbox(t)
	mu.Lock()
	defer mu.Unlock()
	if calls["failing"] != 4 || calls["other"] != 1 || len(r.letters(t)) != 0 {
		t.Errorf("calls %v and %d dead letters, want 4 of failing, 1 of other and none", calls, len(r.letters(t)))
	}
}

// TestEffectsApplyOnce delivers an event again after it was handled, as a bus
// does after a crash, and shows that the subscriber is not called again; and that
// an attempt that failed left nothing behind.
func TestEffectsApplyOnce(t *testing.T) {
	calls := 0
	r := newRig(t, subscriber{"g", func(context.Context, kit.Event) error {
		calls++
		if calls == 1 {
			return errors.New("refused")
		}
		return nil
	}})
	payload, err := codec{}.Encode(counted{"k", 1})
	if err != nil {
		t.Fatal(err)
	}
	m := kit.Message{ID: kit.NewUUID(), Topic: "counted", Key: "k", Payload: payload}
	for range 3 {
		taken := make(chan error, 1)
		r.deps.Bus.Publish(t.Context(), func(_ int, err error) { taken <- err }, m)
		if err := <-taken; err != nil {
			t.Fatal(err)
		}
	}
	if calls != 2 {
		t.Errorf("the subscriber was called %d times, want 2: once in vain and once", calls)
	}
}

// TestASubscriberThatWaitsKeepsNobodyWaiting, as long as it has not used the store.
func TestASubscriberThatWaitsKeepsNobodyWaiting(t *testing.T) {
	called, release := make(chan struct{}), make(chan struct{})
	var r *rig
	r = newRig(t, subscriber{"g", func(ctx context.Context, _ kit.Event) error {
		close(called)
		<-release
		return r.db.Emit(ctx, otherTopic{})
	}})
	r.emit(t, counted{"k", 1})
	r.relay.Start()
	<-called
	r.emit(t, otherTopic{}) // waits for ever if the transaction has begun
	close(release)
	r.awaitEmptyOutbox(t)
	if n := r.deps.Counter.Retried.Load(); n != 0 {
		t.Errorf("%d attempts failed", n)
	}
}

// TestWhatIsHandledElsewhereMeanwhileIsUndone here: of two that handle an event at the
// same time, one has an effect.
func TestWhatIsHandledElsewhereMeanwhileIsUndone(t *testing.T) {
	var r *rig
	var id kit.UUID
	r = newRig(t, subscriber{"g", func(ctx context.Context, _ kit.Event) error {
		if first, err := r.db.Mark(t.Context(), "g", id); err != nil || !first { // as another process does
			return errors.Join(err, errors.New("it was marked before"))
		}
		return r.db.Emit(ctx, otherTopic{})
	}})
	payload, err := codec{}.Encode(counted{"k", 1})
	if err != nil {
		t.Fatal(err)
	}
	id = kit.NewUUID()
	taken := make(chan error, 1)
	r.deps.Bus.Publish(t.Context(), func(_ int, err error) { taken <- err },
		kit.Message{ID: id, Topic: "counted", Key: "k", Payload: payload})
	if err := <-taken; err != nil {
		t.Error(err)
	}
	if waiting, _, err := r.db.Lag(t.Context()); err != nil || waiting != 0 {
		t.Errorf("%d events of what was undone were kept, and %v", waiting, err)
	}
}

// TestStoppedConsumersLoseNothing stops in the order of a shutdown while events
// are on their way, and shows that each was handled or is still in the outbox.
func TestStoppedConsumersLoseNothing(t *testing.T) {
	var mu sync.Mutex
	handled := 0
	began := make(chan struct{}, 1000)
	r := newRig(t, subscriber{"g", func(context.Context, kit.Event) error {
		mu.Lock()
		handled++
		mu.Unlock()
		began <- struct{}{}
		return nil
	}})
	for n := range 1000 {
		r.emit(t, counted{strconv.Itoa(n), n})
	}
	r.relay.Start()
	<-began
	r.stop(t)
	waiting, _, err := r.db.Lag(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if handled+int(waiting) < 1000 {
		t.Errorf("%d were handled and %d wait: some of 1000 are lost", handled, waiting)
	}
}

func TestJanitorForgetsWhatIsOld(t *testing.T) {
	r := newRig(t)
	r.config.Remember = time.Hour
	id := kit.NewUUID()
	if first, err := r.db.Mark(t.Context(), "g", id); err != nil || !first {
		t.Fatal(first, err)
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := r.db.Remember(t.Context(), "old", kit.Reply{Status: 201}, long); err != nil {
		t.Fatal(err)
	}
	if err := r.db.Remember(t.Context(), "new", kit.Reply{Status: 201}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := delivery.NewJanitor(r.config, r.deps, r.db).Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.db.Recall(t.Context(), "old"); kit.CodeOf(err) != kit.NotFound {
		t.Errorf("an old reply: %v", err)
	}
	if _, err := r.db.Recall(t.Context(), "new"); err != nil {
		t.Errorf("a new reply: %v", err)
	}
	if first, err := r.db.Mark(t.Context(), "g", id); err != nil || first {
		t.Errorf("a new mark was forgotten: %v, %v", first, err)
	}
}

// TestJanitorRemembersWhatMayBeDeliveredAgain shows that what was handled is remembered
// while its event is in the outbox, for however long that is.
func TestJanitorRemembersWhatMayBeDeliveredAgain(t *testing.T) {
	r := newRig(t)
	r.config.Remember = time.Nanosecond
	r.emit(t, counted{"k", 1})
	msgs, err := r.db.Claim(t.Context(), 1, time.Hour)
	if err != nil || len(msgs) != 1 {
		t.Fatal(msgs, err)
	}
	for _, done := range []bool{false, true} {
		first, err := r.db.Mark(t.Context(), "g", msgs[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := delivery.NewJanitor(r.config, r.deps, r.db).Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		marked, err := r.db.Marked(t.Context(), "g", msgs[0].ID)
		if err != nil || first == done || marked == done {
			t.Errorf("first is %v, and marked after a sweep is %v with error %v; the event is done: %v", first, marked, err, done)
		}
		if err := r.db.Done(t.Context(), msgs[0].ID); err != nil {
			t.Fatal(err)
		}
	}
}

// TestStopDoesNotWaitForAnotherAttempt stops while a handler that always fails
// waits for its next attempt, which is an hour away.
func TestStopDoesNotWaitForAnotherAttempt(t *testing.T) {
	tried := make(chan struct{}, 1)
	r := newRig(t)
	r.config.Attempts, r.config.Backoff, r.config.MaxBackoff = 1000, 1000*time.Hour, 1000*time.Hour
	c := consumerOf(t, subscriber{"g", func(context.Context, kit.Event) error {
		tried <- struct{}{}
		return errors.New("never")
	}}, r.config, r.deps)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.emit(t, counted{"k", 1})
	r.relay.Start()
	<-tried
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}
