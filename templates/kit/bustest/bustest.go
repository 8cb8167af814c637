// Package bustest is the conformance suite of kit.Bus: tests of what every bus
// promises, which each adapter runs against a real server.
package bustest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// patience is how long the suite waits for what must happen. Only a broken promise
// takes so long.
var patience = time.Minute

// Patience sets, for a test, how long the suite waits for what must happen.
func Patience(t *testing.T, d time.Duration) {
	before := patience
	patience = d
	t.Cleanup(func() { patience = before })
}

// Run tests buses. Each that open returns must be new, without groups and messages;
// the suite closes it.
func Run(t *testing.T, open func(t *testing.T) kit.Bus) {
	for name, test := range map[string]func(*testing.T, *bench){
		"EveryGroupReceivesEveryMessage": everyGroup,
		"MessagesArriveAsTheyWereSent":   unchanged,
		"OrderOfAKey":                    orderOfAKey,
		"OtherKeysDoNotWait":             otherKeys,
		"ErrorRedeliversBeforeLaterOnes": redelivers,
		"PanicRedelivers":                panics,
		"MessageForOneGroup":             oneGroup,
		"OtherTopicsDoNotArrive":         otherTopics,
		"TopicWaitsForWhoHandlesIt":      waitingTopic,
		"OneIDOnTwoTopics":               oneID,
		"MessagePublishedTwice":          publishedTwice,
		"LargestMessage":                 largest,
		"TakenIsCalledOncePerMessage":    takenOnce,
		"StopWaits":                      stopWaits,
		"StopCutsOff":                    stopCutsOff,
		"GroupThatStopped":               stoppedGroup,
		"InvalidSubscriptions":           refuses,
		"ClosedIsUnavailable":            closed,
	} {
		t.Run(name, func(t *testing.T) {
			b := &bench{Bus: open(t)}
			t.Cleanup(func() {
				if err := b.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test(t, b)
		})
	}
}

// bench is a bus under test.
type bench struct {
	kit.Bus
}

func message(topic, key string, n int) kit.Message {
	return kit.Message{
		ID: kit.NewUUID(), Topic: topic, Key: key, Time: time.Now().UTC().Truncate(time.Microsecond),
		Payload: []byte(fmt.Sprintf(`{"n":%d}`, n)),
	}
}

func (b *bench) subscribe(t *testing.T, group string, h kit.Handler, topics ...string) func(context.Context) error {
	t.Helper()
	stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: group, Topics: topics}, h)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// outcomes publishes messages and returns a channel of what became of each.
func (b *bench) outcomes(ctx context.Context, msgs ...kit.Message) chan error {
	outcomes := make(chan error, 2*len(msgs))
	b.Publish(ctx, func(_ int, err error) { outcomes <- err }, msgs...)
	return outcomes
}

// publish publishes messages and waits until all are taken.
func (b *bench) publish(t *testing.T, msgs ...kit.Message) {
	t.Helper()
	outcomes := b.outcomes(t.Context(), msgs...)
	for range msgs {
		if err := receive(t, outcomes); err != nil {
			t.Fatalf("a message was not taken: %v", err)
		}
	}
}

func receive[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(patience):
		t.Fatalf("nothing happened within %v", patience)
		panic("not reached")
	}
}

func everyGroup(t *testing.T, b *bench) {
	first, second := newLog(), newLog()
	b.subscribe(t, "first", first.handle, "a", "b")
	b.subscribe(t, "second", second.handle, "b")
	b.publish(t, message("a", "k", 1), message("b", "k", 2))
	if got := first.await(t, 2); len(got) != 2 {
		t.Errorf("the first group received %d messages, want 2", len(got))
	}
	if got := second.await(t, 1); len(got) != 1 || got[0].Topic != "b" {
		t.Errorf("the second group received %v, want only the message of topic b", got)
	}
}

func unchanged(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "topic.one")
	sent := message("topic.one", "ключ / 1", 1)
	sent.Payload = []byte{0, 1, 0xff, '\n'}
	b.publish(t, sent)
	got := l.await(t, 1)[0]
	if got.ID != sent.ID || got.Topic != sent.Topic || got.Key != sent.Key || !got.Time.Equal(sent.Time) || string(got.Payload) != string(sent.Payload) {
		t.Errorf("received %+v, sent %+v", got, sent)
	}
}

func orderOfAKey(t *testing.T, b *bench) {
	const keys, each = 8, 50
	l := newLog()
	b.subscribe(t, "g", l.handle, "t", "u")
	sent := map[string][]kit.UUID{}
	var msgs []kit.Message
	for n := range keys * each {
		m := message([]string{"t", "u"}[n/keys%2], fmt.Sprint(n%keys), n)
		sent[m.Key] = append(sent[m.Key], m.ID)
		msgs = append(msgs, m)
	}
	b.publish(t, msgs[:len(msgs)/2]...)
	b.publish(t, msgs[len(msgs)/2:]...)
	received := map[string][]kit.UUID{}
	for _, m := range l.await(t, keys*each) {
		received[m.Key] = append(received[m.Key], m.ID)
	}
	for key, ids := range sent {
		if !slices.Equal(received[key], ids) {
			t.Errorf("the messages of key %s were received in another order than they were published", key)
		}
	}
}

func otherKeys(t *testing.T, b *bench) {
	release, l := make(chan struct{}), newLog()
	b.subscribe(t, "g", func(ctx context.Context, m kit.Message) error {
		if m.Key == "slow" {
			<-release
		}
		return l.handle(ctx, m)
	}, "t")
	outcomes := b.outcomes(t.Context(), message("t", "slow", 1), message("t", "quick", 2))
	if got := l.await(t, 1); got[0].Key != "quick" {
		t.Errorf("a message of key %s was received first", got[0].Key)
	}
	close(release)
	l.await(t, 2)
	for range 2 {
		if err := receive(t, outcomes); err != nil {
			t.Error(err)
		}
	}
}

func redelivers(t *testing.T, b *bench) {
	l, failures := newLog(), 3
	b.subscribe(t, "g", func(_ context.Context, m kit.Message) error {
		l.add(m)
		if string(m.Payload) == `{"n":1}` && failures > 0 {
			failures--
			return errors.New("not yet")
		}
		return nil
	}, "t")
	b.publish(t, message("t", "k", 1), message("t", "k", 2))
	var order []string
	for _, m := range l.await(t, 5) {
		order = append(order, string(m.Payload))
	}
	want := []string{`{"n":1}`, `{"n":1}`, `{"n":1}`, `{"n":1}`, `{"n":2}`}
	if !slices.Equal(order, want) {
		t.Errorf("delivered %v, want %v", order, want)
	}
}

func panics(t *testing.T, b *bench) {
	l, first := newLog(), true
	b.subscribe(t, "g", func(_ context.Context, m kit.Message) error {
		l.add(m)
		if first {
			first = false
			panic("on purpose")
		}
		return nil
	}, "t")
	b.publish(t, message("t", "k", 1))
	l.await(t, 2)
}

func oneGroup(t *testing.T, b *bench) {
	chosen, other := newLog(), newLog()
	b.subscribe(t, "chosen", chosen.handle, "t")
	b.subscribe(t, "other", ignoring("other", other), "t")
	m := message("t", "k", 1)
	m.Group = "chosen"
	b.publish(t, m, message("t", "k", 2))
	chosen.await(t, 2)
	if got := other.await(t, 1); len(got) != 1 {
		t.Errorf("another group received a message for one group: %v", got)
	}
}

// ignoring returns a handler that ignores messages for other groups, as delivery
// does: a bus need not filter them.
func ignoring(group string, l *log) kit.Handler {
	return func(ctx context.Context, m kit.Message) error {
		if m.Group != "" && m.Group != group {
			return nil
		}
		return l.handle(ctx, m)
	}
}

func otherTopics(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "t")
	b.publish(t, message("t.more", "k", 1), message("u", "k", 2), message("t", "k", 3))
	if got := l.await(t, 1); len(got) != 1 || got[0].Topic != "t" {
		t.Errorf("received %v, want only the message of topic t", got)
	}
}

func waitingTopic(t *testing.T, b *bench) {
	narrow, wide := newLog(), newLog()
	stop := func(stop func(context.Context) error) {
		if err := stop(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stop(b.subscribe(t, "g", wide.handle, "a", "b"))
	stopNarrow := b.subscribe(t, "g", narrow.handle, "a") // another version
	waits := message("b", "k", 1)
	err := receive(t, b.outcomes(t.Context(), waits))
	if durable := b.Capability().Durable; durable && err != nil || !durable && kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("a message of a topic that no member handles now: %v, and the bus is durable: %t", err, durable)
	}
	b.publish(t, message("a", "k", 2))
	if got := narrow.await(t, 1); got[0].Topic != "a" {
		t.Errorf("a subscription received a message of topic %s", got[0].Topic)
	}
	stop(stopNarrow)
	b.subscribe(t, "g", wide.handle, "a", "b")
	if err != nil {
		b.publish(t, waits)
	}
	if got := wide.await(t, 1); got[0].ID != waits.ID {
		t.Errorf("received %v, want the message that waited", got[0])
	}
}

func oneID(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "a", "b")
	first, second := message("a", "k", 1), message("b", "k", 2)
	second.ID = first.ID
	b.publish(t, first, second)
	l.await(t, 2)
}

// publishedTwice shows that a message that is published again soon is delivered once if
// the bus says so, and one for a single group, which is replayed on purpose, each time.
func publishedTwice(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "t")
	m, replayed, last := message("t", "k", 1), message("t", "k", 2), message("t", "k", 3)
	replayed.Group = "g"
	for _, m := range []kit.Message{m, m, replayed, replayed, last} {
		b.publish(t, m)
	}
	want := []string{`{"n":1}`, `{"n":1}`, `{"n":2}`, `{"n":2}`, `{"n":3}`}
	if b.Capability().Once {
		want = want[1:]
	}
	var got []string
	for _, m := range l.await(t, len(want)) {
		got = append(got, string(m.Payload))
	}
	if !slices.Equal(got, want) {
		t.Errorf("delivered %v, want %v", got, want)
	}
}

func largest(t *testing.T, b *bench) {
	l := newLog()
	b.subscribe(t, "g", l.handle, "t")
	limit := b.Capability().Largest
	fits, exceeds := message("t", "k", 1), message("t", "k", 2)
	fits.Payload = make([]byte, cmp.Or(limit, 8<<20))
	if limit > 0 {
		exceeds.Payload = make([]byte, limit+1)
		if err := receive(t, b.outcomes(t.Context(), exceeds)); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("a payload of %d bytes, where %d are allowed: %v, want Invalid", limit+1, limit, err)
		}
	}
	outcomes := b.outcomes(t.Context(), fits, exceeds, message("t", "k", 3))
	refused := 0
	for range 3 {
		if receive(t, outcomes) != nil {
			refused++
		}
	}
	if want := min(limit, 1); refused != want {
		t.Fatalf("%d messages of a batch were refused, want %d", refused, want)
	}
	if got := l.await(t, 3-refused); len(got[0].Payload) != len(fits.Payload) {
		t.Errorf("a payload of %d bytes arrived with %d", len(fits.Payload), len(got[0].Payload))
	}
}

func takenOnce(t *testing.T, b *bench) {
	release := make(chan struct{})
	b.subscribe(t, "g", func(context.Context, kit.Message) error { <-release; return nil }, "t")
	outcomes := b.outcomes(t.Context(), message("t", "1", 1), message("t", "2", 2), message("no-group", "3", 3))
	if !b.Capability().Durable {
		if err := receive(t, outcomes); err != nil { // the one that is for no group
			t.Error(err)
		}
		select {
		case err := <-outcomes:
			t.Errorf("a bus that keeps nothing took a message (%v) before it was handled", err)
		default:
		}
	}
	close(release)
	rest := 2
	if b.Capability().Durable {
		rest = 3
	}
	for range rest {
		if err := receive(t, outcomes); err != nil {
			t.Error(err)
		}
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if len(outcomes) > 0 {
		t.Error("taken was called twice for a message")
	}
}
