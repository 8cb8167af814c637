package ports

import (
	"context"
	"net/netip"
	"time"

	"example.com/shop/domain"
	"example.com/shop/domain/order"
	"example.com/shop/domain/timing"
)

// Orders is what the application offers to do with orders.
type Orders interface {
	// Create makes a new order.
	Create(ctx context.Context, d order.Details) (order.Order, error)
	// Get returns the order.
	Get(ctx context.Context, id domain.UUID) (order.Order, error)
	// List returns a page of orders.
	List(ctx context.Context, page domain.Page) (domain.Listing[order.Order], error)
	// Update gives the order new details.
	Update(ctx context.Context, id domain.UUID, version int64, d order.Details) (order.Order, error)
	// Delete removes the order.
	Delete(ctx context.Context, id domain.UUID) error
	// FindByCustomerAndStatus returns orders by many things.
	//
	// In several lines.
	FindByCustomerAndStatus(ctx context.Context, customer string, status *order.Status, order []order.Grams, err time.Duration,
		since *time.Time, address netip.Addr, raw []byte, page domain.Page) (domain.Listing[order.Order], error)
	// CountByStatus counts.
	CountByStatus(ctx context.Context, status order.Status) (int64, error)
	ExistsByID(ctx context.Context, id domain.UUID) (bool, error)
	// Cancel ends an order.
	Cancel(ctx context.Context, id domain.UUID, version int64, reason string, refund bool) (order.Order, error)
	// Select has the name of a keyword.
	Select(ctx context.Context, id domain.UUID) error
	// Plan takes two structs.
	Plan(ctx context.Context, when timing.Timing, lines []order.Line, userID *domain.UUID) (map[string]timing.Item, error)
	// Latest may find nothing.
	GetLatest(ctx context.Context) (*order.Order, error)
	// GetLines takes an identifier and more.
	GetLines(ctx context.Context, id domain.UUID, products []string, page domain.Page) ([]order.Line, error)
	// Wipe takes nothing and returns nothing.
	Wipe(ctx context.Context) error
	// FindLike is not askable.
	FindLike(ctx context.Context, like order.Details) ([]order.Order, error)
}
