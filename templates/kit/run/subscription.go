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

// deliveryModule brings events from the outbox to the subscribers.
func deliveryModule() fx.Option {
	return fx.Options(
		fx.Provide(func() *delivery.Counter { return &delivery.Counter{} }, newPostman),
		fx.Invoke(measureDelivery, startDelivery),
	)
}

type deliveryParams struct {
	fx.In

	Config      delivery.Config
	Bus         kit.Bus
	Tx          kit.Transactor
	Outbox      kit.Outbox
	Inbox       kit.Inbox
	DeadLetters kit.DeadLetterQueue
	Idempotency kit.Idempotency
	Codec       kit.EventCodec
	Clock       kit.Clock
	Log         *slog.Logger
	Counter     *delivery.Counter
	Subscribers []delivery.Subscriber `group:"subscriber"`
}

// eventPostman is all that takes part in the delivery of events.
type eventPostman struct {
	consumers []*delivery.Consumer
	groups    []string // of the consumers
	relay     *delivery.Relay
	janitor   *delivery.Janitor
	log       *slog.Logger
}

func newPostman(p deliveryParams) *eventPostman {
	deps := delivery.Deps{
		Bus: p.Bus, Tx: p.Tx, Outbox: p.Outbox, Inbox: p.Inbox, DeadLetters: p.DeadLetters,
		Codec: p.Codec, Clock: p.Clock, Log: p.Log, Counter: p.Counter,
	}
	slices.SortFunc(p.Subscribers, func(a, b delivery.Subscriber) int { return cmp.Compare(a.Group(), b.Group()) })
	m := &eventPostman{
		relay:   delivery.NewRelay(p.Config, deps),
		janitor: delivery.NewJanitor(p.Config, deps, p.Idempotency),
		log:     p.Log,
	}
	for _, s := range p.Subscribers {
		m.consumers = append(m.consumers, delivery.NewConsumer(s, p.Config, deps))
		m.groups = append(m.groups, s.Group())
	}
	return m
}

func startDelivery(life fx.Lifecycle, m *eventPostman) {
	life.Append(fx.StartStopHook(m.start, m.stop))
}

// start subscribes everybody before the relay publishes anything: on a bus that
// keeps nothing, whoever comes later would miss it.
func (m *eventPostman) start(ctx context.Context) error {
	for i, c := range m.consumers {
		if err := c.Start(ctx); err != nil {
			return blameOn("the subscription of group "+m.groups[i], "bus.adapter", errors.Join(err, m.stop(ctx)))
		}
	}
	m.relay.Start()
	m.janitor.Start()
	return nil
}

// stop lets handlers finish, then what is on its way to the bus. What does not
// finish in time stays in the outbox and is delivered after the next start, so
// it is no error.
func (m *eventPostman) stop(ctx context.Context) error {
	m.janitor.Stop()
	handlers, cancel := shareOf(ctx, 2)
	defer cancel()
	stopped := make(chan error)
	for _, c := range m.consumers {
		go func() { stopped <- c.Stop(handlers) }()
	}
	var cut []error
	for range m.consumers {
		cut = append(cut, <-stopped)
	}
	cut = append(cut, m.relay.Stop(ctx))
	if err := errors.Join(cut...); err != nil {
		m.log.WarnContext(ctx, "events were under way; they will be delivered after the next start", "error", err)
	}
	return nil
}
