package prove

import "testing"

// subscribe adds a subscriber to the project's wiring, as its owner would.
func subscribe(t *testing.T, p project, constructor string) {
	t.Helper()
	const first = "run.Subscribe(app.NewOrderLog),"
	p.edit(t, "main.go", first, first+"\n\t\trun.Subscribe(app."+constructor+"),")
}

// bypassOutbox makes the use case of creating an order publish its event by
// itself, after the change was committed.
func bypassOutbox(t *testing.T, p project) {
	t.Helper()
	const file = "app/orders.go"
	p.edit(t, file, "\tclock kit.Clock\n}", "\tclock kit.Clock\n\tbus   kit.Bus\n\tcodec kit.EventCodec\n}")
	p.edit(t, file, "func NewOrders(store ports.OrderStore, clock kit.Clock) *Orders {\n\treturn &Orders{store: store, clock: clock}",
		"func NewOrders(store ports.OrderStore, clock kit.Clock, bus kit.Bus, codec kit.EventCodec) *Orders {\n"+
			"\treturn &Orders{store: store, clock: clock, bus: bus, codec: codec}")
	p.edit(t, file, "\treturn o, u.store.Insert(ctx, o, order.Created{Order: o})\n", `	if err := u.store.Insert(ctx, o); err != nil {
		return order.Order{}, err
	}
	e := order.Created{Order: o}
	payload, err := u.codec.Encode(e)
	if err != nil {
		return order.Order{}, err
	}
	u.bus.Publish(context.WithoutCancel(ctx), func(int, error) {}, kit.Message{
		ID: kit.NewUUID(), Topic: e.Topic(), Key: e.Key(), Time: u.clock.Now(), Payload: payload,
	})
	return o, nil
`)
}

// bypassInbox makes the consumer call its subscriber also for events that were
// handled before.
func bypassInbox(t *testing.T, p project) {
	t.Helper()
	const file = "kit/delivery/consumer.go"
	p.edit(t, file, "handled, err := c.deps.Inbox.Marked(ctx, s.Group(), m.ID); err != nil || handled {",
		"_, err := c.deps.Inbox.Marked(ctx, s.Group(), m.ID); err != nil {")
	p.edit(t, file, "\t\tif err == nil && !first {\n\t\t\terr = errHandled\n\t\t}\n", "\t\t_ = first\n")
}
