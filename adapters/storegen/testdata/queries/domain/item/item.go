// Package item says what an item is.
package item

import (
	"net/netip"
	"time"

	"example.com/shop/kit"
)

// Item has a field of each kind that queries compare.
type Item struct {
	ID       kit.UUID
	Customer string
	Status   Status
	Total    int64
	Rank     uint16
	Weight   float64
	Paid     bool
	Owner    kit.UUID
	Patience time.Duration
	DueAt    *time.Time
	Parent   *kit.UUID
	Bonus    *int32
	Nickname *string
	Host     netip.Addr
	Version  int64
	Details
}

// Details are embedded.
type Details struct {
	CreatedAt time.Time
}

// Status is one of the values below.
type Status string

// The values of Status.
const (
	StatusDraft Status = "draft"
	StatusPaid  Status = "paid"
	StatusSent  Status = "sent"
)

// Valid reports whether s is one of the values of Status.
func (s Status) Valid() bool { return s == StatusDraft || s == StatusPaid || s == StatusSent }
