package ports

import (
	"context"
	"time"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// OrderStore keeps orders.
type OrderStore interface {
	// Insert keeps a new order.
	Insert(ctx context.Context, o order.Order, events ...kit.Event) error
	// Get returns the order.
	Get(ctx context.Context, id kit.UUID) (order.Order, error)
	// Update replaces the order.
	Update(ctx context.Context, o order.Order, events ...kit.Event) error
	// Delete removes the order.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of orders.
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	// FindByDueAtAndCustomer finds also what is never due.
	FindByDueAtAndCustomer(ctx context.Context, dueAt *time.Time, customer string, page kit.Page) (kit.Listing[order.Order], error)
	// CountByStatus counts.
	CountByStatus(ctx context.Context, status order.Status) (int64, error)
	// ExistsByOwner tells whether there is one.
	ExistsByOwner(ctx context.Context, owner kit.UUID) (bool, error)
	// Oldest returns the first order of the customer.
	Oldest(ctx context.Context, customer string) (order.Order, error)
}
