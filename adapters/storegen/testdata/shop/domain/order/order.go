// Package order says what an order is.
package order

import (
	"net/netip"
	"strconv"
	"time"

	"example.com/shop/kit"
)

// Order is an order as it stands.
type Order struct {
	ID        kit.UUID
	Customer  string
	Status    Status
	Total     int64
	Rank      uint16
	Weight    float64
	Paid      bool
	DueAt     *time.Time
	Owner     *kit.UUID
	Patience  time.Duration
	Scan      []byte
	Tags      []string
	Sizes     map[string]int
	Place     Place
	Origin    netip.Addr
	Day       Day
	Version   int64
	CreatedAt time.Time
}

// Status is one of the values below.
type Status string

// The values of Status.
const (
	StatusDraft Status = "draft"
	StatusPaid  Status = "paid"
)

// Valid reports whether s is one of the values of Status.
func (s Status) Valid() bool { return s == StatusDraft || s == StatusPaid }

// Place is where it is.
type Place struct {
	Street, City string
	Network      *netip.Prefix
	Open         map[string]Day
}

// Day is the number of a day, for which the empty text is none.
type Day struct{ number int }

// MarshalText returns the number of the day.
func (d Day) MarshalText() ([]byte, error) { return []byte(strconv.Itoa(d.number)), nil }

// UnmarshalText reads the number of a day.
func (d *Day) UnmarshalText(text []byte) (err error) {
	d.number, err = strconv.Atoi(string(text))
	return err
}
