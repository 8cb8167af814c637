// Package delivery brings events from the outbox to their subscribers: over any
// bus, at least once, with effects that apply once. Retries, dead letters and
// deduplication, which all buses need, are here and nowhere else.
package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/delivering"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Subscriber receives events. It also is a TxHandler or a Handler.
type Subscriber interface {
	// Group names the group of subscribers. Each group receives each event; of
	// its members, across all processes, one handles it.
	Group() string
	// Topics names the events to receive.
	Topics() []string
}

// TxHandler is a subscriber that changes what is in the store.
type TxHandler interface {
	Subscriber
	// HandleTx is called with each event, in a transaction that also records
	// that the group has handled it: what it changes through a store is changed
	// once, however often the event is delivered. An error rolls it back, and
	// the event is tried again later; after the last attempt it becomes a dead
	// letter.
	HandleTx(ctx context.Context, e kit.Event) error
}

// Handler is a subscriber that acts outside of the store: it sends a mail, or
// calls another service.
type Handler interface {
	Subscriber
	// Handle is called with each event at least once, outside of any
	// transaction. key is the same whenever the event is delivered to the group:
	// give it to what should act once, as its idempotency key. An error has the
	// event tried again later; after the last attempt it becomes a dead letter.
	Handle(ctx context.Context, e kit.Event, key kit.UUID) error
}

// Deps is what consumers and the relay work with.
type Deps struct {
	Bus         kit.Bus
	Tx          kit.Transactor
	Outbox      kit.Outbox
	Inbox       kit.Inbox
	DeadLetters kit.DeadLetterQueue
	Codec       kit.EventCodec
	Clock       kit.Clock
	Log         *slog.Logger
	Counter     *Counter
}

// Consumer delivers the events of one subscriber's topics to it.
type Consumer struct {
	subscriber Subscriber // a TxHandler or a Handler
	config     Config
	deps       Deps
	attempts   chan struct{} // a semaphore: holds one for each attempt that is running
	stop       func(context.Context) error
	stopping   context.Context // ended by Stop: no attempt follows
	quit       context.CancelFunc
}

// NewConsumer returns a consumer for a subscriber. It does nothing until Start.
// Invalid is returned for a subscriber that cannot handle events.
func NewConsumer(s Subscriber, c Config, d Deps) (*Consumer, error) {
	_, inTx := s.(TxHandler)
	_, outside := s.(Handler)
	if inTx == outside {
		return nil, kit.Errorf(kit.Invalid, "a subscriber has either HandleTx(context.Context, kit.Event) error"+
			" or Handle(context.Context, kit.Event, kit.UUID) error, and %T has %s", s, map[bool]string{true: "both", false: "neither"}[inTx])
	}
	c = c.filled()
	consumer := &Consumer{subscriber: s, config: c, deps: d, attempts: make(chan struct{}, c.Concurrency)}
	consumer.stopping, consumer.quit = context.WithCancel(context.Background())
	return consumer, nil
}

// Group returns the name of the subscriber's group.
func (c *Consumer) Group() string { return c.subscriber.Group() }

// Start subscribes. The relay must not start before every consumer has.
func (c *Consumer) Start(ctx context.Context) error {
	stop, err := c.deps.Bus.Subscribe(ctx, kit.Subscription{Group: c.subscriber.Group(), Topics: c.subscriber.Topics()}, c.handle)
	c.stop = stop
	return err
}

// Stop ends the subscription. It waits for running attempts until ctx ends, and no
// attempt follows them.
func (c *Consumer) Stop(ctx context.Context) error {
	c.quit()
	if c.stop == nil {
		return nil
	}
	return c.stop(ctx)
}

// handle attempts to handle a message until it is handled or becomes a dead letter.
func (c *Consumer) handle(ctx context.Context, m kit.Message) error {
	if m.Group != "" && m.Group != c.Group() {
		return nil
	}
	m.Group = c.Group()
	e, err := c.deps.Codec.Decode(m.Topic, m.Payload)
	if err != nil {
		return c.deps.bury(ctx, m, 1, err) // another attempt would fail as well
	}
	for attempt := 1; ; {
		err := c.attempt(ctx, m, e)
		limit := c.config.backoff(attempt)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return err // the service is stopping; the message will be delivered again
		case c.storeIsAway(ctx, err): // the attempt does not count
			limit = min(limit, longestOutage)
		case attempt >= c.config.Attempts:
			return c.deps.bury(ctx, m, attempt, err)
		default:
			c.deps.Counter.Retried.Add(1)
			c.deps.Log.WarnContext(ctx, "cannot handle an event; trying again",
				"group", m.Group, "topic", m.Topic, "key", m.Key, "attempt", attempt, "error", err)
			attempt++
		}
		if c.wait(ctx, limit) != nil {
			return err // the service is stopping; the message will be delivered again
		}
	}
}

// attempt handles the event once.
func (c *Consumer) attempt(ctx context.Context, m kit.Message, e kit.Event) error {
	select {
	case c.attempts <- struct{}{}:
		defer func() { <-c.attempts }()
	case <-ctx.Done():
		return ctx.Err()
	}
	limited, cancel := context.WithTimeout(delivering.With(ctx), c.config.Timeout)
	defer cancel()
	// While it is running: it may ignore its context.
	inTime := context.AfterFunc(limited, func() {
		if ctx.Err() == nil {
			c.deps.Counter.Late.Add(1)
			c.deps.Log.WarnContext(ctx, "handling an event takes longer than delivery.timeout; its context has ended",
				"group", m.Group, "topic", m.Topic, "key", m.Key, "timeout", c.config.Timeout)
		}
	})
	err := c.handleOnce(limited, m, e)
	late := !inTime()
	switch {
	case err == nil:
		c.deps.Counter.Handled.Add(1)
	case late && ctx.Err() == nil:
		err = fmt.Errorf("it took longer than delivery.timeout, which is %v: %w", c.config.Timeout, err)
	}
	return err
}

// handleOnce calls the subscriber: if it changes the store, in one transaction with
// the record that it has handled the event, and not at all if there is such a record.
func (c *Consumer) handleOnce(ctx context.Context, m kit.Message, e kit.Event) error {
	s, isTx := c.subscriber.(TxHandler)
	if !isTx {
		return retry.Recovered(func() error { return c.subscriber.(Handler).Handle(ctx, e, m.ID) })
	}
	if handled, err := c.deps.Inbox.Marked(ctx, s.Group(), m.ID); err != nil || handled {
		return err
	}
	err := c.deps.Tx.Within(ctx, func(ctx context.Context) error {
		if err := retry.Recovered(func() error { return s.HandleTx(ctx, e) }); err != nil {
			return err
		}
		// The record comes last, so that the transaction begins with the subscriber's
		// first statement: one that waits for something else before keeps nobody waiting.
		first, err := c.deps.Inbox.Mark(ctx, s.Group(), m.ID)
		if err == nil && !first {
			err = errHandled
		}
		return err
	})
	if errors.Is(err, errHandled) {
		return nil
	}
	return err
}

// errHandled rolls back what was handled elsewhere at the same time.
var errHandled = errors.New("the event has been handled already")

// storeIsAway reports whether an attempt failed while the store did not answer. It
// queries the dead letters, to which the event could not be added either.
func (c *Consumer) storeIsAway(ctx context.Context, cause error) bool {
	if kit.CodeOf(cause) != kit.Unavailable {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	_, err := c.deps.DeadLetters.Letters(ctx, kit.Page{Limit: 1})
	return err != nil
}

// bury adds a message to the dead letters: of its group, or of none if the bus could not
// take it. If that fails, the error has it delivered again.
func (d Deps) bury(ctx context.Context, m kit.Message, attempts int, cause error) error {
	err := d.DeadLetters.Bury(ctx, kit.DeadLetter{
		ID: kit.NewUUID(), Message: m, Error: cause.Error(), Attempts: attempts, FailedAt: d.Clock.Now(),
	})
	if err != nil {
		return errors.Join(err, cause)
	}
	by := "group " + m.Group
	if m.Group == "" {
		by = "the bus"
	}
	d.Counter.Buried.Add(1)
	d.Log.ErrorContext(ctx, "cannot deliver an event; it is a dead letter now", "failed", by,
		"topic", m.Topic, "key", m.Key, "bytes", len(m.Payload), "attempts", attempts, "error", cause)
	return nil
}

// backoff returns the longest pause after an attempt: it doubles after each.
func (c Config) backoff(attempt int) time.Duration {
	if shift := attempt - 1; shift < 30 && c.Backoff<<shift < c.MaxBackoff {
		return c.Backoff << shift
	}
	return c.MaxBackoff
}

// longestOutage is the longest pause while a server is away, so that work goes on
// soon after it is back.
const longestOutage = 2 * time.Second

// wait waits until the next attempt. An error means that there should be none.
func (c *Consumer) wait(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(c.stopping, cancel)()
	return retry.Pause(ctx, limit)
}
