package item

import (
	"time"

	"example.com/shop/kit"
)

// Filter says which items Find returns: those that fulfil what is not nil.
type Filter struct {
	Customer             *string
	CustomerIn           []string
	CustomerStartingWith *string
	Status               *Status
	StatusIn             []Status
	TotalGreaterThan     *int64
	TotalLessThan        *int64
	Rank                 *uint16
	WeightLessThan       *float64
	Paid                 *bool
	Owner                *kit.UUID
	PatienceGreaterThan  *time.Duration
	DueAtBefore          *time.Time
	ParentIn             []kit.UUID
	BonusIn              []int32
	Nickname             *string
	NicknameStartingWith *string
	CreatedAtAfter       *time.Time
	CreatedAtBefore      *time.Time
	CreatedAtIn          []time.Time
}

// Sort is the order in which Find returns items, by default that of ID.
type Sort string

// The values of Sort.
const (
	SortNewest   Sort = "-created_at"
	SortOldest   Sort = "created_at"
	SortCheapest Sort = "total"
	SortHeaviest Sort = "-weight"
	SortOwner    Sort = "owner"
	SortLatest   Sort = "-id"
)

// Valid reports whether s is one of the values of Sort.
func (s Sort) Valid() bool {
	switch s {
	case SortNewest, SortOldest, SortCheapest, SortHeaviest, SortOwner, SortLatest:
		return true
	}
	return false
}
