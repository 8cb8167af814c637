package memory

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// Oldest returns the first order of the customer.
func (s *OrderStore) Oldest(ctx context.Context, customer string) (order.Order, error) {
	all, err := s.Find(ctx, kit.Page{Limit: 1000}, func(o *order.Order) bool { return o.Customer == customer })
	if err != nil {
		return order.Order{}, err
	}
	if len(all.Items) == 0 {
		return order.Order{}, kit.Errorf(kit.NotFound, "%s has no order", customer)
	}
	oldest := all.Items[0]
	for _, o := range all.Items {
		if o.CreatedAt.Before(oldest.CreatedAt) {
			oldest = o
		}
	}
	return oldest, nil
}
