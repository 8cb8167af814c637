package ports

import (
	"context"

	"example.com/shop/domain/ticket"
	"example.com/shop/kit"
)

// Tickets is what the application offers to do with tickets.
//
//outgrow:http /tickets
type Tickets interface {
	// Create opens a ticket.
	Create(ctx context.Context, subject string, parent *ticket.ID) (ticket.Ticket, error)
	// Get returns the ticket.
	Get(ctx context.Context, id ticket.ID) (ticket.Ticket, error)
	// Update gives the ticket another subject.
	Update(ctx context.Context, id ticket.ID, subject string) (ticket.Ticket, error)
	// Block has the ticket wait for others.
	Block(ctx context.Context, id ticket.ID, by []ticket.ID) error
	// FindByParent returns the tickets that are part of one, or of some.
	FindByParent(ctx context.Context, parent ticket.ID, also []ticket.ID, but *ticket.ID, page kit.Page) (kit.Listing[ticket.Ticket], error)
}
