// Package storetest says what a store promises, as tests that every store
// passes: the kit's ports, and the entities that are kept.
package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// Kit is what a store offers beside entities.
type Kit interface {
	ports.Transactor
	ports.Emitter
	ports.Outbox
	ports.Inbox
	ports.DeadLetterQueue
	ports.Idempotency
}

// Open returns a fresh, empty store that uses the codec and ends with the test.
type Open func(t *testing.T, codec ports.EventCodec) Kit

// Run runs the suites of all the ports that a Kit has.
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
	run  func(t *testing.T, k kit)
}

func runKit(t *testing.T, open Open, tests []kitTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, kit{open(t, lineCodec{})}) })
	}
}

// line is the event that the suites emit.
type line struct {
	About string
	Text  string
}

func (line) Topic() string { return "storetest.line" }
func (l line) Key() string { return l.About }

// unknown is an event that the codec does not know.
type unknown struct{}

func (unknown) Topic() string { return "storetest.unknown" }
func (unknown) Key() string   { return "unknown" }

type lineCodec struct{}

func (lineCodec) Encode(e domain.Event) ([]byte, error) {
	if _, ok := e.(line); !ok {
		return nil, domain.Errorf(domain.Invalid, "unknown event %T", e)
	}
	return json.Marshal(e)
}

func (lineCodec) Decode(topic string, payload []byte) (domain.Event, error) {
	if topic != (line{}).Topic() {
		return nil, domain.Errorf(domain.Invalid, "unknown topic %s", topic)
	}
	var l line
	err := json.Unmarshal(payload, &l)
	return l, err
}

// kit adds to a store what the tests do often. Its methods end the test where
// the store fails.
type kit struct{ Kit }

// lease is longer than any test takes.
const lease = time.Hour

func (k kit) emit(t *testing.T, ctx context.Context, about string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		must(t, k.Emit(ctx, line{About: about, Text: text}))
	}
}

func (k kit) claim(t *testing.T, limit int) []ports.Message {
	t.Helper()
	messages, err := k.Claim(t.Context(), limit, lease)
	must(t, err)
	return messages
}

// wantClaim claims everything and compares the texts.
func (k kit) wantClaim(t *testing.T, want ...string) []ports.Message {
	t.Helper()
	messages := k.claim(t, 1000)
	if got := texts(t, messages); !slices.Equal(got, want) {
		t.Fatalf("claimed %q, want %q", got, want)
	}
	return messages
}

// wantLag compares how many messages wait.
func (k kit) wantLag(t *testing.T, want int64) {
	t.Helper()
	waiting, _, err := k.Lag(t.Context())
	must(t, err)
	if waiting != want {
		t.Errorf("%d messages wait, want %d", waiting, want)
	}
}

// put keeps a value under a key: a change as simple as there is.
func (k kit) put(ctx context.Context, key string) error {
	return k.Remember(ctx, key, ports.Reply{Status: 200}, time.Now())
}

// has reports whether the key has a value.
func (k kit) has(t *testing.T, ctx context.Context, key string) bool {
	t.Helper()
	_, err := k.Recall(ctx, key)
	if err != nil && domain.CodeOf(err) != domain.NotFound {
		t.Fatal(err)
	}
	return err == nil
}

// wantKeys checks which keys were committed.
func (k kit) wantKeys(t *testing.T, want map[string]bool) {
	t.Helper()
	for key, kept := range want {
		if k.has(t, t.Context(), key) != kept {
			t.Errorf("%s: kept is %v, want %v", key, !kept, kept)
		}
	}
}

func texts(t *testing.T, messages []ports.Message) []string {
	t.Helper()
	texts := make([]string, len(messages))
	for i, m := range messages {
		e, err := lineCodec{}.Decode(m.Topic, m.Payload)
		must(t, err)
		texts[i] = e.(line).Text
	}
	return texts
}

func ids(messages []ports.Message) []domain.UUID {
	ids := make([]domain.UUID, len(messages))
	for i, m := range messages {
		ids[i] = m.ID
	}
	return ids
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want domain.Code) {
	t.Helper()
	if got := domain.CodeOf(err); got != want {
		t.Errorf("got the error %v of code %q, want code %q", err, got, want)
	}
}

// errRefused is what functions return to have their transaction rolled back.
var errRefused = errors.New("refused by the test")

// now is the present as every store keeps it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
