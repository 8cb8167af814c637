package run

import (
	"context"
	"errors"
	"log/slog"

	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/delivery"
)

// newDeps returns what the delivery of events works with.
func newDeps(db Database, tx kit.Transactor, bus kit.Bus, codec kit.EventCodec, clock kit.Clock, log *slog.Logger) delivery.Deps {
	return delivery.Deps{
		Bus: bus, Tx: tx, Outbox: db, Inbox: db, DeadLetters: db,
		Codec: codec, Clock: clock, Log: log, Counter: &delivery.Counter{},
	}
}

// newJanitor returns the background work that removes old records.
func newJanitor(c Config, deps delivery.Deps, db Database) func(context.Context) error {
	return delivery.NewJanitor(c.Delivery, deps, db).Run
}

// eventDelivery is all that takes part in the delivery of events.
type eventDelivery struct {
	consumers []*delivery.Consumer
	relay     *delivery.Relay
	bus       BusSpec
	log       *slog.Logger
}

// startDelivery delivers events to the subscribers until the service stops.
func startDelivery(subscribers []delivery.Subscriber, life fx.Lifecycle, of *service, config Config, bus BusSpec, deps delivery.Deps) error {
	d := &eventDelivery{relay: delivery.NewRelay(config.Delivery, deps), bus: bus, log: deps.Log}
	for _, s := range subscribers {
		c, err := delivery.NewConsumer(s, config.Delivery, deps)
		if err != nil {
			return err
		}
		d.consumers, of.groups = append(d.consumers, c), append(of.groups, c.Group())
	}
	life.Append(fx.StartStopHook(d.start, d.stop))
	return nil
}

// start subscribes every consumer before the relay publishes anything: a bus
// that keeps nothing delivers only to those who have subscribed.
func (d *eventDelivery) start(ctx context.Context) error {
	for _, c := range d.consumers {
		if err := c.Start(ctx); err != nil {
			d.stop(ctx)
			return d.bus.blameFor("the subscription of group "+c.Group()+" to the "+d.bus.name(), err)
		}
	}
	d.relay.Start()
	return nil
}

// stop waits for handlers, then for what is on its way to the bus. It is not an
// error if something does not finish in time: it stays in the outbox and is
// delivered after the next start.
func (d *eventDelivery) stop(ctx context.Context) {
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
}
