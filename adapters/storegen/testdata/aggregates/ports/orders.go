// Package ports says what the application offers and what it needs.
package ports

import (
	"context"
	"time"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// OrderStore keeps orders.
type OrderStore interface {
	Insert(ctx context.Context, o order.Order, events ...kit.Event) error
	Get(ctx context.Context, id order.ID) (order.Order, error)
	Update(ctx context.Context, o order.Order, events ...kit.Event) error
	Delete(ctx context.Context, id order.ID, events ...kit.Event) error
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	GetMany(ctx context.Context, ids []order.ID) ([]order.Order, error)
	InsertMany(ctx context.Context, orders []order.Order, events ...kit.Event) error
	Upsert(ctx context.Context, o order.Order, events ...kit.Event) error
	Find(ctx context.Context, filter order.Filter, sort order.Sort, page kit.Page) (kit.Listing[order.Order], error)
	FindByCustomer(ctx context.Context, customer string, page kit.Page) (kit.Listing[order.Order], error)
	ListOrderByCreatedAtDesc(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	GetByCustomer(ctx context.Context, customer string) (order.Order, error)
	FindByLinesProduct(ctx context.Context, product string, page kit.Page) (kit.Listing[order.Order], error)
	FindByCustomerAndLinesStatus(ctx context.Context, customer string, status order.Status, page kit.Page) (kit.Listing[order.Order], error)
	FindByLinesQuantityGreaterThan(ctx context.Context, quantity int32, page kit.Page) (kit.Listing[order.Order], error)
	FindByLinesProductIn(ctx context.Context, products []string, page kit.Page) (kit.Listing[order.Order], error)
	FindByLinesSentAtBeforeOrRemarksTextStartingWith(ctx context.Context, before time.Time, beginning string, page kit.Page) (kit.Listing[order.Order], error)
	CountByLinesNote(ctx context.Context, note *string) (int64, error)
	ExistsByLinesPriceBetween(ctx context.Context, low, high float64) (bool, error)
	GetByLinesID(ctx context.Context, id order.LineID) (order.Order, error)
	DeleteByLinesPositionLessThan(ctx context.Context, position int64, events ...kit.Event) (int64, error)
}
