package sqlite

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/sqlitestore"
)

// TotalOf returns the sum of the totals of a customer's orders.
func (s *OrderStore) TotalOf(ctx context.Context, customer string) (total int64, err error) {
	_, err = s.db.Statement(`SELECT coalesce(sum("total"), 0) FROM "orders" WHERE "customer" = $1`).
		Row(ctx, func(row sqlitestore.Scanner) error { return row.Scan(&total) }, customer)
	return total, err
}
