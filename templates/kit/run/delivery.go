package run

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

type deliveryParams struct {
	fx.In

	Config      Config
	Bus         kit.Bus
	Tx          kit.Transactor
	Outbox      kit.Outbox
	Inbox       kit.Inbox
	DeadLetters kit.DeadLetterQueue
	Codec       kit.EventCodec
	Clock       kit.Clock
	Log         *slog.Logger
	Subscribers []delivery.Subscriber `group:"subscribers"`
}

// eventDelivery is all that takes part in the delivery of events.
type eventDelivery struct {
	counter   *delivery.Counter
	consumers []*delivery.Consumer
	relay     *delivery.Relay
	log       *slog.Logger
}

func newDelivery(p deliveryParams) (*eventDelivery, error) {
	d := &eventDelivery{counter: &delivery.Counter{}, log: p.Log}
	deps := delivery.Deps{
		Bus: p.Bus, Tx: p.Tx, Outbox: p.Outbox, Inbox: p.Inbox, DeadLetters: p.DeadLetters,
		Codec: p.Codec, Clock: p.Clock, Log: p.Log, Counter: d.counter,
	}
	d.relay = delivery.NewRelay(p.Config.Delivery, deps)
	slices.SortFunc(p.Subscribers, func(a, b delivery.Subscriber) int { return cmp.Compare(a.Group(), b.Group()) })
	for _, s := range p.Subscribers {
		c, err := delivery.NewConsumer(s, p.Config.Delivery, deps)
		if err != nil {
			return nil, err
		}
		d.consumers = append(d.consumers, c)
	}
	return d, nil
}

// newJanitor returns the background task that removes old records.
func newJanitor(c Config, inbox kit.Inbox, idempotency kit.Idempotency, clock kit.Clock, log *slog.Logger) backgroundTask {
	deps := delivery.Deps{Inbox: inbox, Clock: clock, Log: log}
	return backgroundTask{"janitor", delivery.NewJanitor(c.Delivery, deps, idempotency).Run}
}

func startDelivery(life fx.Lifecycle, d *eventDelivery) {
	life.Append(fx.StartStopHook(d.start, d.stop))
}

// start subscribes every consumer before the relay publishes anything: a bus
// that keeps nothing delivers only to those who have subscribed.
func (d *eventDelivery) start(ctx context.Context) error {
	for _, c := range d.consumers {
		if err := c.Start(ctx); err != nil {
			return blame("the subscription of group "+c.Group(), busKey, errors.Join(err, d.stop(ctx)))
		}
	}
	d.relay.Start()
	return nil
}

// stop waits for handlers, then for what is on its way to the bus. It is not an
// error if something does not finish in time: it stays in the outbox and is
// delivered after the next start.
func (d *eventDelivery) stop(ctx context.Context) error {
	handlers, cancel := halfOf(ctx)
	defer cancel()
	stopped := make(chan error)
	for _, c := range d.consumers {
		go func() { stopped <- c.Stop(handlers) }()
	}
	var late []error
	for range d.consumers {
		late = append(late, <-stopped)
	}
	late = append(late, d.relay.Stop(ctx))
	if err := errors.Join(late...); err != nil {
		d.log.WarnContext(ctx, "some events were not delivered in time and will be after the next start", "error", err)
	}
	return nil
}
