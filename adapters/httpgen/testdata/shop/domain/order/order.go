// Package order has types of every kind.
package order

import (
	"net/netip"
	"time"

	timedomain "example.com/shop/domain/timing"
	"example.com/shop/kit"
)

// Order is an order as it stands.
type Order struct {
	ID kit.UUID
	Details
	Version   int64 // one more with each change
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Details are what one decides about an order.
type Details struct {
	Customer string
	UserID   *kit.UUID
	Status   Status
	Urgent   *bool
	Discount float32
	Count    uint16
	Weight   Grams
	Raw      []byte
	Took     time.Duration
	Due      *time.Time
	Address  netip.Addr
	Tags     Tags
	Lines    []Line
	Prices   map[Status]int64
	Labels   map[string][]string
	Main     Line
	Spare    *Line
	When     timedomain.Timing
	Grid     [][]float64
}

// Grams are a weight.
type Grams int

// Tags are words.
type Tags []string

// Line is one line of an order.
type Line struct {
	Product  string
	Quantity int
	Status   *Status
}

// Status is one of the values below.
type Status string

// The values of Status.
const (
	StatusDraft Status = "draft"
	StatusPaid  Status = "paid"
)

// Valid reports whether it is one of the values.
func (s Status) Valid() bool { return s == StatusDraft || s == StatusPaid }

// Created tells that there is an order.
type Created struct{ Order Order }

// Topic returns "order.created".
func (Created) Topic() string { return "order.created" }

// Key returns the order's.
func (e Created) Key() string { return e.Order.ID.String() }

// Vanished tells nothing more.
type Vanished struct{}

// Topic returns "order.vanished".
func (Vanished) Topic() string { return "order.vanished" }

// Key is none.
func (Vanished) Key() string { return "" }
