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
	Get(ctx context.Context, id kit.UUID) (order.Order, error)
	Update(ctx context.Context, o order.Order, events ...kit.Event) error
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	FindByStatus(ctx context.Context, order order.Status, page kit.Page) (kit.Listing[order.Order], error)
	FindByDueAtAndCustomer(ctx context.Context, dueAt *time.Time, customer string, page kit.Page) (kit.Listing[order.Order], error)
	FindByVersionBetween(ctx context.Context, from, to int64, page kit.Page) (kit.Listing[order.Order], error)
	ListOrderByIDDesc(ctx context.Context, page kit.Page) (kit.Listing[order.Order], error)
	CountByStatus(ctx context.Context, status order.Status) (int64, error)
	GetByStatus(ctx context.Context, status order.Status) (order.Order, error)
	CountPerStatus(ctx context.Context) (map[order.Status]int64, error)
	Upsert(ctx context.Context, o order.Order, events ...kit.Event) error
	InsertMany(ctx context.Context, orders []order.Order, events ...kit.Event) error
}

// EntryStore keeps what is never read one by one.
type EntryStore interface {
	Insert(ctx context.Context, e order.Entry, events ...kit.Event) error
	List(ctx context.Context, page kit.Page) (kit.Listing[order.Entry], error)
}

// TicketStore keeps what has an ID of its own type, and no version.
type TicketStore interface {
	Insert(ctx context.Context, t order.Ticket, events ...kit.Event) error
	Get(ctx context.Context, id order.TicketID) (order.Ticket, error)
	Update(ctx context.Context, t order.Ticket) error
	Delete(ctx context.Context, id order.TicketID, events ...kit.Event) error
	InsertMany(ctx context.Context, tickets []order.Ticket) error
}

// NoteStore has a change that takes no events.
type NoteStore interface {
	Insert(ctx context.Context, n order.Note, events ...kit.Event) error
	Get(ctx context.Context, id kit.UUID) (order.Note, error)
	Delete(ctx context.Context, id kit.UUID) error
}
