// Package memory is what is by hand for the store in memory.
package memory

import (
	"context"

	"github.com/outgrowkit/outgrow/docs/howto/domain/order"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
)

// OrderStore keeps orders.
type OrderStore struct {
	*memorystore.Table[order.Order, kit.UUID]
}

// TotalOf returns the sum of the totals of a customer's orders.
func (s *OrderStore) TotalOf(ctx context.Context, customer string) (total int64, err error) {
	_, err = s.Count(ctx, func(o *order.Order) bool {
		if o.Customer == customer {
			total += o.Total
		}
		return false
	})
	return total, err
}
