package ports

import (
	"context"
	"io"
	"iter"
	"net/netip"
	"time"

	"example.com/shop/domain/order"
	"example.com/shop/domain/timing"
	"example.com/shop/kit"
)

// Orders is what the application offers to do with orders.
//
//outgrow:http /orders
type Orders interface {
	// Create makes a new order.
	Create(ctx context.Context, d order.Details) (order.Order, error)
	// Get returns the order.
	Get(ctx context.Context, id kit.UUID) (order.Order, error)
	// List returns a page of orders.
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	// Update gives the order new details.
	Update(ctx context.Context, id kit.UUID, version int64, d order.Details) (order.Order, error)
	// Delete removes the order.
	Delete(ctx context.Context, id kit.UUID) error
	// FindByCustomerAndStatus returns orders by many things.
	//
	// In several lines.
	FindByCustomerAndStatus(ctx context.Context, customer string, status *order.Status, order []order.Grams, err time.Duration,
		since *time.Time, address netip.Addr, raw []byte, page kit.Page) (kit.Listing[order.Order], error)
	// CountByStatus counts.
	CountByStatus(ctx context.Context, status order.Status) (int64, error)
	ExistsByID(ctx context.Context, id kit.UUID) (bool, error)
	// Cancel ends an order.
	Cancel(ctx context.Context, id kit.UUID, version int64, reason string, refund bool) (order.Order, error)
	// Select has the name of a keyword.
	Select(ctx context.Context, id kit.UUID) error
	// Plan takes two structs.
	Plan(ctx context.Context, when timing.Timing, lines []order.Line, userID *kit.UUID) (map[string]timing.Item, error)
	// Latest may find nothing.
	GetLatest(ctx context.Context) (*order.Order, error)
	// GetLines takes an identifier and more.
	GetLines(ctx context.Context, id kit.UUID, products []string, page kit.Page) ([]order.Line, error)
	// Wipe takes nothing and returns nothing.
	Wipe(ctx context.Context) error
	// FindLike is not askable.
	FindLike(ctx context.Context, like order.Details) ([]order.Order, error)
	// Stats has a path of its own.
	//
	//outgrow:http GET /stats/orders
	Stats(ctx context.Context, since time.Time) (int64, error)
	// Ship changes what the path names, and is done later.
	//
	//outgrow:http POST /customers/{customer}/orders/{order_number}/{status} 202
	Ship(ctx context.Context, customer string, version int64, orderNumber int, status order.Status, note *string) (order.Order, error)
	// Forget answers that it is accepted.
	//
	//outgrow:http DELETE /orders/{id}/lines/{line} 202
	Forget(ctx context.Context, id kit.UUID, line uint8, reason *string) error
	// Export returns all orders, in no order.
	Export(ctx context.Context, status *order.Status) iter.Seq2[order.Order, error]
	// Matching returns lines as they come that are like others.
	Matching(ctx context.Context, id kit.UUID, like []order.Line) iter.Seq2[order.Line, error]
	// SetDocument keeps what belongs to an order.
	//
	//outgrow:http PUT /orders/{id}/document
	//outgrow:limit 5MB
	SetDocument(ctx context.Context, id kit.UUID, version int64, title string, r io.Reader) (order.Order, error)
	// Document returns what belongs to an order.
	Document(ctx context.Context, id kit.UUID) (io.ReadCloser, error)
	// Import takes many orders.
	Import(ctx context.Context, content io.Reader) error
	// Each is not served: it takes a function.
	//
	//outgrow:http -
	Each(ctx context.Context, do func(order.Order) error) error
}
