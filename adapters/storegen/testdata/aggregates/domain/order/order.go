// Package order says what an order is.
package order

import (
	"time"

	"example.com/shop/kit"
)

// Order has lists whose elements have tables of their own, and one whose elements have not.
type Order struct {
	ID       ID
	Customer string
	Lines    []Line
	// Remarks have no identity of their own.
	//outgrow:table
	Remarks   Remarks
	Tags      []Tag
	Version   int64
	CreatedAt time.Time
}

// Filter says which orders Find returns.
type Filter struct {
	Customer       *string
	CreatedAtAfter *time.Time
}

// Sort is the order in which Find returns them.
type Sort string

// SortNewest has the newest first.
const SortNewest Sort = "-created_at"

// Valid reports whether s is one of the values of Sort.
func (s Sort) Valid() bool { return s == SortNewest }

// ID is the ID of an order.
type ID kit.UUID

// LineID is the ID of a line.
type LineID kit.UUID

// Line is a line of an order.
type Line struct {
	ID       LineID
	Product  string
	Quantity int32
	Price    float64
	Status   Status
	Note     *string
	Position int64 // as everybody's
	Root     uint64
	Paid     bool
	Took     time.Duration
	Seal     []byte
	Packages []Package
	Size     Size
	Dates
}

// Dates are embedded.
type Dates struct {
	SentAt *time.Time
	DueAt  time.Time
}

// Package is part of a line: those of a line are JSON in its row.
type Package struct {
	ID     kit.UUID
	Weight float64
}

// Size is how large a line is.
type Size struct{ Width, Height int }

// Remarks are what was said of an order.
type Remarks []Remark

// Remark is what was said once.
type Remark struct{ Text string }

// Tag has no identity, so that those of an order are JSON in its row.
type Tag struct{ Name string }

// Status is one of the values below.
type Status string

// The values of Status.
const (
	StatusDraft Status = "draft"
	StatusSent  Status = "sent"
)

// Valid reports whether s is one of the values of Status.
func (s Status) Valid() bool { return s == StatusDraft || s == StatusSent }
