// Package storetest says what a store promises, as tests that every store
// passes: the kit's ports, and the entities that are kept.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Database is what a store offers beside entities.
type Database interface {
	kit.Transactor
	kit.Emitter
	kit.Outbox
	kit.Inbox
	kit.DeadLetterQueue
	kit.Idempotency
}

// Open returns a fresh, empty store that uses the codec and ends with the test.
type Open func(t *testing.T, codec kit.EventCodec) Database

// Run runs the suites of all the ports that a Database has.
func Run(t *testing.T, open Open) {
	t.Run("Transactor", func(t *testing.T) { Transactor(t, open) })
	t.Run("Outbox", func(t *testing.T) { Outbox(t, open) })
	t.Run("Inbox", func(t *testing.T) { Inbox(t, open) })
	t.Run("DeadLetters", func(t *testing.T) { DeadLetters(t, open) })
	t.Run("Idempotency", func(t *testing.T) { Idempotency(t, open) })
}

// kitTest is one test of a suite.
type kitTest struct {
	name string
	run  func(t *testing.T, k kitUnderTest)
}

func runKit(t *testing.T, open Open, tests []kitTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, kitUnderTest{open(t, Codec{})}) })
	}
}

// Event is the event that the suites emit.
type Event struct {
	About string // its key
	Text  string
}

// Topic returns the topic of all of them.
func (Event) Topic() string { return "storetest.event" }

// Key returns what the event is about.
func (e Event) Key() string { return e.About }

// unknownEvent is an event that the codec does not know.
type unknownEvent struct{}

func (unknownEvent) Topic() string { return "storetest.unknown" }
func (unknownEvent) Key() string   { return "unknown" }

// Codec knows Event, and no other type of event.
type Codec struct{}

// Encode writes an event as JSON.
func (Codec) Encode(e kit.Event) ([]byte, error) {
	if _, ok := e.(Event); !ok {
		return nil, kit.Errorf(kit.Invalid, "unknown event %T", e)
	}
	return json.Marshal(e)
}

// Decode reads an event that Encode wrote.
func (Codec) Decode(topic string, payload []byte) (kit.Event, error) {
	if topic != (Event{}).Topic() {
		return nil, kit.Errorf(kit.Invalid, "unknown topic %s", topic)
	}
	var l Event
	err := json.Unmarshal(payload, &l)
	return l, err
}

// kitUnderTest adds to a store what the tests do often. Its methods end the test where
// the store fails.
type kitUnderTest struct{ Database }

// longLease is longer than any test takes.
const longLease = time.Hour

func (k kitUnderTest) emit(t *testing.T, ctx context.Context, about string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		mustDo(t, k.Emit(ctx, Event{About: about, Text: text}))
	}
}

func (k kitUnderTest) claim(t *testing.T, limit int) []kit.Message {
	t.Helper()
	messages, err := k.Claim(t.Context(), limit, longLease)
	mustDo(t, err)
	return messages
}

// wantClaim claims everything and compares the texts.
func (k kitUnderTest) wantClaim(t *testing.T, want ...string) []kit.Message {
	t.Helper()
	messages := k.claim(t, 1000)
	if got := textsOf(t, messages); !slices.Equal(got, want) {
		t.Fatalf("claimed %q, want %q", got, want)
	}
	return messages
}

// wantLag compares how many messages wait.
func (k kitUnderTest) wantLag(t *testing.T, want int64) {
	t.Helper()
	waiting, _, err := k.Lag(t.Context())
	mustDo(t, err)
	if waiting != want {
		t.Errorf("%d messages wait, want %d", waiting, want)
	}
}

// put keeps a value under a key: a change as simple as there is.
func (k kitUnderTest) put(ctx context.Context, key string) error {
	return k.Remember(ctx, key, kit.Reply{Status: 200}, time.Now())
}

// has reports whether the key has a value.
func (k kitUnderTest) has(t *testing.T, ctx context.Context, key string) bool {
	t.Helper()
	_, err := k.Recall(ctx, key)
	if err != nil && kit.CodeOf(err) != kit.NotFound {
		t.Fatal(err)
	}
	return err == nil
}

// wantKeys checks which keys were committed.
func (k kitUnderTest) wantKeys(t *testing.T, want map[string]bool) {
	t.Helper()
	for key, kept := range want {
		if k.has(t, t.Context(), key) != kept {
			t.Errorf("%s: kept is %v, want %v", key, !kept, kept)
		}
	}
}

func textsOf(t *testing.T, messages []kit.Message) []string {
	t.Helper()
	texts := make([]string, len(messages))
	for i, m := range messages {
		e, err := Codec{}.Decode(m.Topic, m.Payload)
		mustDo(t, err)
		texts[i] = e.(Event).Text
	}
	return texts
}

func idsOf(messages []kit.Message) []kit.UUID {
	ids := make([]kit.UUID, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want kit.Code) {
	t.Helper()
	if got := kit.CodeOf(err); got != want {
		t.Errorf("got the error %v of code %q, want code %q", err, got, want)
	}
}

// errRefused is what functions return to have their transaction rolled back.
var errRefused = errors.New("refused by the test")

// concurrently calls fn with each number below n, all at the same time.
func concurrently(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}

// pagesOf returns what there is, page by page, as list returns it.
func pagesOf[V any](t *testing.T, limit int, list func(context.Context, kit.Page) (kit.Listing[V], error)) (pages [][]V) {
	t.Helper()
	page := kit.Page{Limit: limit}
	for len(pages) < 100 {
		listing, err := list(t.Context(), page)
		mustDo(t, err)
		pages = append(pages, listing.Items)
		if page.After = listing.Next; page.After.IsZero() {
			return pages
		}
		if len(listing.Items) == 0 || len(listing.Items) > limit {
			t.Fatalf("a page of %d has %d items, and there are more", limit, len(listing.Items))
		}
	}
	t.Fatalf("pages of %d do not end", limit)
	return nil
}

// presentTime is the present as every store keeps it.
func presentTime() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
