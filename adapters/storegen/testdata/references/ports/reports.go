package ports

import (
	"context"

	"example.com/shop/domain/order"
)

// ReportStore reads across what refers to each other.
type ReportStore interface {
	// TotalIn returns what customers of a region have bought.
	TotalIn(ctx context.Context, name string) (order.Revenue, error)
}
