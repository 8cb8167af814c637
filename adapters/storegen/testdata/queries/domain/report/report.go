// Package report has the rows of reports.
package report

import (
	"time"

	"example.com/shop/domain/item"
)

// Revenue is what a customer has spent.
type Revenue struct {
	Customer string
	Items    int64
	Total    int64
	Latest   time.Time
	Bonus    *int64 // the highest, if there is any
}

// Dearest is the item that costs the most.
type Dearest struct {
	Customer string
	Status   item.Status
	Total    int64
}
