package order

import (
	"time"

	"example.com/shop/kit"
)

// Order is what somebody buys.
type Order struct {
	Base
	Customer string
	Status   Status
	Lines    []Line
	DueAt    *time.Time
}

// Base is in all entities.
type Base struct {
	ID      kit.UUID
	Version int64
}

// Line is a part of an order.
type Line struct {
	Item     string
	Quantity int
}

// Status says how far it is.
type Status string

// The statuses.
const (
	Open Status = "open"
	Paid Status = "paid"
)

// Entry is what is written down of an order, and read all at once.
type Entry struct {
	ID      kit.UUID
	Version int64
}

// Note is about an order.
type Note struct {
	ID      kit.UUID
	Version int64
	Text    string
}

// Valid reports whether it is one of these.
func (s Status) Valid() bool { return s == Open || s == Paid }

// TicketID is the ID of a ticket.
type TicketID kit.UUID

// Ticket has an ID of its own type, and no version.
type Ticket struct {
	ID      TicketID
	Subject string
}
