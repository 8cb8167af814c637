package ports

import (
	"context"
	"net/netip"
	"time"

	"example.com/shop/domain/item"
	"example.com/shop/domain/report"
)

// ReportStore reads what reports need.
type ReportStore interface {
	// Revenues returns what each customer has spent since a time, by customer.
	Revenues(ctx context.Context, since time.Time, statuses []item.Status) ([]report.Revenue, error)
	// Dearest returns the dearest item of a customer; NotFound if there is none.
	Dearest(ctx context.Context, customer string) (report.Dearest, error)
	// All returns what all have spent.
	All(ctx context.Context) ([]report.Revenue, error)
	// OfHost returns what came from a host, by customer.
	OfHost(ctx context.Context, host netip.Addr) ([]report.Revenue, error)
}
