package ports

import (
	"context"

	"example.com/shop/domain/report"
)

// ReportStore reads what all tenants have, of whom there is one in tests.
type ReportStore interface {
	// Stock returns what there is of the parts below a total.
	Stock(ctx context.Context, total int64) (report.Stock, error)
}
