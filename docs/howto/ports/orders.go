// Package ports is what the example offers and needs.
package ports

import (
	"context"

	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/templates/kit"
)

// Orders is what the application offers to do with orders.
type Orders interface {
	// Create makes a new order; Invalid if it is too large.
	Create(ctx context.Context, customer string, total int64) (order.Order, error)
}

// OrderStore keeps orders.
type OrderStore interface {
	// Insert keeps a new order; AlreadyExists if there is one with the same ID.
	Insert(ctx context.Context, o order.Order, events ...kit.Event) error
	// List returns a page of orders in the order of ID.
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	// TotalOf returns the sum of the totals of a customer's orders.
	TotalOf(ctx context.Context, customer string) (int64, error)
}

// Mailer sends mail.
type Mailer interface {
	// Send sends a mail, and none if it has sent one with the same key before.
	Send(ctx context.Context, key kit.UUID, to, text string) error
}
