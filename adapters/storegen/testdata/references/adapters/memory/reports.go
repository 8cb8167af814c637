package memory

import (
	"context"

	"example.com/shop/domain/customer"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// TotalIn returns what customers of a region have bought; NotFound if that is nothing.
func (s *ReportStore) TotalIn(ctx context.Context, name string) (order.Revenue, error) {
	regionOf := map[customer.ID]kit.UUID{}
	if _, err := s.CustomerStore.Table.Count(ctx, func(v *customer.Customer) bool {
		regionOf[v.ID] = v.Region
		return true
	}); err != nil {
		return order.Revenue{}, err
	}
	isIn := map[kit.UUID]bool{}
	if _, err := s.RegionStore.Table.Count(ctx, func(v *customer.Region) bool {
		isIn[v.ID] = v.Name == name
		return true
	}); err != nil {
		return order.Revenue{}, err
	}
	total := int64(0)
	n, err := s.OrderStore.Table.Count(ctx, func(v *order.Order) bool {
		if !isIn[regionOf[v.Customer]] {
			return false
		}
		total += v.Total
		return true
	})
	if err == nil && n == 0 {
		err = kit.Errorf(kit.NotFound, "nothing was bought")
	}
	if err != nil {
		return order.Revenue{}, err
	}
	return order.Revenue{Region: name, Total: total}, nil
}
