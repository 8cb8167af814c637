package postgres

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/postgresstore"
)

// Oldest returns the first order of the customer.
func (s *OrderStore) Oldest(ctx context.Context, customer string) (order.Order, error) {
	oldest := s.db.Statement(`SELECT ` + orderStoreColumns + ` FROM "orders"
		WHERE "customer" = $1 ORDER BY "created_at" LIMIT 1`)
	var o order.Order
	found, err := oldest.Row(ctx, func(row postgresstore.Scanner) error { return s.Scan(row, &o) }, customer)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "%s has no order", customer)
	}
	return o, err
}
