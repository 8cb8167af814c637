package delivery_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// mailer is a subscriber that acts outside of the store.
type mailer struct {
	send func(e kit.Event, key kit.UUID) error
}

func (mailer) Group() string    { return "mailer" }
func (mailer) Topics() []string { return []string{"counted"} }

func (m mailer) Handle(_ context.Context, e kit.Event, key kit.UUID) error { return m.send(e, key) }

// TestHandlerOutsideOfTransactions shows that each attempt has the same key, and
// that no transaction is open meanwhile: others may write.
func TestHandlerOutsideOfTransactions(t *testing.T) {
	r := newRig(t)
	keys := make(chan kit.UUID, 2)
	var failed atomic.Bool
	c := consumerOf(t, mailer{func(_ kit.Event, key kit.UUID) error {
		keys <- key
		r.emit(t, otherTopic{})
		if failed.Swap(true) {
			return nil
		}
		return errors.New("the mail server is busy")
	}}, r.config, r.deps)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.consumers = append(r.consumers, c)
	r.emit(t, counted{"x", 1})
	r.relay.Start()
	if first, second := <-keys, <-keys; first != second || first.IsZero() {
		t.Errorf("the attempts had the keys %s and %s", first, second)
	}
	r.awaitEmptyOutbox(t)
}

// otherTopic is an event that nobody receives.
type otherTopic struct{ counted }

func (otherTopic) Topic() string { return "other" }

// TestWhatTakesTooLong shows that an attempt which exceeds its timeout is counted once,
// whether it heeds its context or not, and that the key to change is named.
func TestWhatTakesTooLong(t *testing.T) {
	for name, ignores := range map[string]bool{"heeds its context": false, "ignores it": true} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.config.Timeout, r.config.Attempts = 50*time.Millisecond, 1
			c := consumerOf(t, subscriber{"g", func(ctx context.Context, _ kit.Event) error {
				<-ctx.Done()
				await(t, "it is counted", func() bool { return r.deps.Counter.Late.Load() == 1 })
				if ignores {
					return nil
				}
				return ctx.Err()
			}}, r.config, r.deps)
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.consumers = append(r.consumers, c)
			r.emit(t, counted{"x", 1})
			r.relay.Start()
			r.awaitEmptyOutbox(t)
			letters := r.letters(t)
			if len(letters) != 1 || !strings.Contains(letters[0].Error, "delivery.timeout") {
				t.Errorf("dead letters %v, want one that names delivery.timeout", letters)
			}
		})
	}
}

// mute has no method to handle events, and torn has both.
type (
	mute struct{}
	torn struct {
		mailer
		subscriber
	}
)

func (mute) Group() string      { return "mute" }
func (mute) Topics() []string   { return []string{"counted"} }
func (s torn) Group() string    { return "torn" }
func (s torn) Topics() []string { return []string{"counted"} }

func TestSubscriberThatCannotHandleEvents(t *testing.T) {
	for _, s := range []delivery.Subscriber{mute{}, torn{}} {
		if c, err := delivery.NewConsumer(s, delivery.Config{}, delivery.Deps{}); c != nil || kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%T: got %v and %v, want Invalid", s, c, err)
		}
	}
}
