package app

import (
	"context"

	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit"
)

// Receipt is a subscriber that mails a receipt for each new order.
type Receipt struct {
	mailer ports.Mailer
}

// NewReceipt returns the subscriber.
func NewReceipt(m ports.Mailer) *Receipt { return &Receipt{mailer: m} }

// Group names the group of subscribers.
func (*Receipt) Group() string { return "receipt" }

// Topics names the events to receive.
func (*Receipt) Topics() []string { return []string{order.Created{}.Topic()} }

// Handle mails the receipt.
func (r *Receipt) Handle(ctx context.Context, e kit.Event, key kit.UUID) error {
	created := e.(order.Created)
	return r.mailer.Send(ctx, key, created.Order.Customer, "Thank you for your order.")
}

// Confirmation is a subscriber that confirms each new order.
type Confirmation struct {
	events kit.Emitter
}

// NewConfirmation returns the subscriber.
func NewConfirmation(events kit.Emitter) *Confirmation { return &Confirmation{events: events} }

// Group names the group of subscribers.
func (*Confirmation) Group() string { return "confirmation" }

// Topics names the events to receive.
func (*Confirmation) Topics() []string { return []string{order.Created{}.Topic()} }

// HandleTx confirms the order.
func (c *Confirmation) HandleTx(ctx context.Context, e kit.Event) error {
	created := e.(order.Created)
	return c.events.Emit(ctx, order.Confirmed{ID: created.Order.ID})
}
