package ports

import (
	"context"
	"time"

	"example.com/shop/domain"
	"example.com/shop/domain/order"
)

// OrderStore keeps orders.
type OrderStore interface {
	// Insert keeps a new order.
	Insert(ctx context.Context, o order.Order, events ...domain.Event) error
	// Get returns the order.
	Get(ctx context.Context, id domain.UUID) (order.Order, error)
	// Update replaces the order.
	Update(ctx context.Context, o order.Order, events ...domain.Event) error
	// Delete removes the order.
	Delete(ctx context.Context, id domain.UUID, events ...domain.Event) error
	// List returns a page of orders.
	List(ctx context.Context, page domain.Page) (domain.Listing[order.Order], error)
	// FindByDueAtAndCustomer finds also what is never due.
	FindByDueAtAndCustomer(ctx context.Context, dueAt *time.Time, customer string, page domain.Page) (domain.Listing[order.Order], error)
	// CountByStatus counts.
	CountByStatus(ctx context.Context, status order.Status) (int64, error)
	// ExistsByOwner tells whether there is one.
	ExistsByOwner(ctx context.Context, owner domain.UUID) (bool, error)
}
