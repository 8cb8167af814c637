// Package databasetest is the conformance suite of what a store offers beside entities:
// transactions, the outbox and the inbox, dead letters and the replies to idempotency keys.
package databasetest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
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
		t.Run(test.name, func(t *testing.T) { test.run(t, kitUnderTest{open(t, storetest.Codec{})}) })
	}
}

// kitUnderTest adds to a store what the tests do often. Its methods end the test where
// the store fails.
type kitUnderTest struct{ Database }

func (k kitUnderTest) emit(t *testing.T, ctx context.Context, about string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		assert.NoError(t, k.Emit(ctx, storetest.Event{About: about, Text: text}))
	}
}

func (k kitUnderTest) claim(t *testing.T, limit int) []kit.Message {
	t.Helper()
	messages, err := k.Claim(t.Context(), limit, longLease)
	assert.NoError(t, err)
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
	assert.NoError(t, err)
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
		e, err := storetest.Codec{}.Decode(m.Topic, m.Payload)
		assert.NoError(t, err)
		texts[i] = e.(storetest.Event).Text
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

// longLease is longer than any test takes.
const longLease = time.Hour

// errRefused is what functions return to have their transaction rolled back.
var errRefused = errors.New("refused by the test")

// presentTime is the present as every store keeps it.
func presentTime() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
