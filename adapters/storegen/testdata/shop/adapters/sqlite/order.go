package sqlite

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/sqlitestore"
)

// Oldest returns the first order of the customer.
func (s *OrderStore) Oldest(ctx context.Context, customer string) (order.Order, error) {
	oldest := s.db.Statement(`SELECT ` + orderStoreColumns + ` FROM "orders"
		WHERE "customer" = $1 ORDER BY "created_at" LIMIT 1`)
	var o order.Order
	found, err := oldest.Row(ctx, func(row sqlitestore.Scanner) error { return s.Scan(row, &o) }, customer)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "%s has no order", customer)
	}
	return o, err
}

// ExistsByOwner is written by hand in this adapter, and derived in the others.
func (s *OrderStore) ExistsByOwner(ctx context.Context, owner kit.UUID) (bool, error) {
	return s.Exists(ctx, s.db.Statement(`SELECT 1 FROM "orders" WHERE "owner" = $1`), owner)
}
