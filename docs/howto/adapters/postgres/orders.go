// Package postgres is what is by hand for Postgres.
package postgres

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit/postgresstore"
)

// OrderStore keeps orders.
type OrderStore struct {
	db *postgresstore.DB
}

// TotalOf returns the sum of the totals of a customer's orders.
func (s *OrderStore) TotalOf(ctx context.Context, customer string) (total int64, err error) {
	_, err = s.db.Statement(`SELECT coalesce(sum("total"), 0)::bigint FROM "orders" WHERE "customer" = $1`).
		Row(ctx, func(row postgresstore.Scanner) error { return row.Scan(&total) }, customer)
	return total, err
}
