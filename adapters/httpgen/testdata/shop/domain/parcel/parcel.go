// Package parcel has a filter, a sort and a merge patch.
package parcel

import (
	"time"

	"example.com/shop/kit"
)

// Parcel is a parcel on its way.
type Parcel struct {
	ID        kit.UUID
	Label     string
	Status    Status
	Weight    int64
	DueAt     *time.Time
	Tags      []string
	Labels    map[string]string
	Raw       []byte
	To        Address
	Via       *Address
	Version   int64
	CreatedAt time.Time
}

// Address is where a parcel goes.
type Address struct {
	Street string
	Note   *string
}

// Status is one of the values below.
type Status string

// The values of Status.
const (
	StatusNew  Status = "new"
	StatusSent Status = "sent"
)

// Valid reports whether it is one of the values.
func (s Status) Valid() bool { return s == StatusNew || s == StatusSent }

// Filter says which parcels one asks for.
type Filter struct {
	// Label is what is written on it.
	Label             *string
	StatusIn          []Status
	WeightGreaterThan *int64
	CreatedAtAfter    *time.Time
}

// Sort is the order of parcels.
type Sort string

// The values of Sort.
const (
	SortNewest   Sort = "-created_at"
	SortLightest Sort = "weight"
)

// Valid reports whether it is one of the values.
func (s Sort) Valid() bool { return s == SortNewest || s == SortLightest }

// Patch is what changes of a parcel.
type Patch struct {
	Label  *string
	Status *Status
	Weight *int64
	DueAt  **time.Time
	Tags   *[]string
	Labels *map[string]*string
	Raw    *[]byte
	To     *AddressPatch
	Via    **AddressPatch
}

// AddressPatch is what changes of an address.
type AddressPatch struct {
	Street *string
	Note   **string
}
