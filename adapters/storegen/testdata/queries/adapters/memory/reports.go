package memory

import (
	"cmp"
	"context"
	"net/netip"
	"slices"
	"time"

	"example.com/shop/domain/item"
	"example.com/shop/domain/report"
	"example.com/shop/kit"
)

// Revenues returns what each customer has spent since a time, by customer.
func (s *ReportStore) Revenues(ctx context.Context, since time.Time, statuses []item.Status) ([]report.Revenue, error) {
	return s.revenues(ctx, func(v *item.Item) bool { return !v.CreatedAt.Before(since) && slices.Contains(statuses, v.Status) },
		func(v *item.Item) string { return v.Customer })
}

// All returns what all have spent.
func (s *ReportStore) All(ctx context.Context) ([]report.Revenue, error) {
	return s.revenues(ctx, func(*item.Item) bool { return true }, func(*item.Item) string { return "" })
}

// OfHost returns what came from a host, by customer.
func (s *ReportStore) OfHost(ctx context.Context, host netip.Addr) ([]report.Revenue, error) {
	return s.revenues(ctx, func(v *item.Item) bool { return v.Host == host }, func(v *item.Item) string { return v.Customer })
}

func (s *ReportStore) revenues(ctx context.Context, match func(*item.Item) bool, by func(*item.Item) string) ([]report.Revenue, error) {
	found := map[string]report.Revenue{}
	_, err := s.ItemStore.Table.Count(ctx, func(v *item.Item) bool {
		if !match(v) {
			return false
		}
		r := found[by(v)]
		r.Customer = by(v)
		r.Items++
		r.Total += v.Total
		if v.CreatedAt.After(r.Latest) {
			r.Latest = v.CreatedAt
		}
		if v.Bonus != nil && (r.Bonus == nil || int64(*v.Bonus) > *r.Bonus) {
			r.Bonus = new(int64(*v.Bonus))
		}
		found[by(v)] = r
		return true
	})
	var all []report.Revenue
	for _, r := range found {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b report.Revenue) int { return cmp.Compare(a.Customer, b.Customer) })
	return all, err
}

// Dearest returns the dearest item of a customer; NotFound if there is none.
func (s *ReportStore) Dearest(ctx context.Context, customer string) (report.Dearest, error) {
	v, err := s.ItemStore.Table.First(ctx, func(v *item.Item) bool { return v.Customer == customer },
		func(a, b *item.Item) int { return cmp.Compare(b.Total, a.Total) }, false)
	if kit.CodeOf(err) != "" {
		return report.Dearest{}, err
	}
	return report.Dearest{Customer: v.Customer, Status: v.Status, Total: v.Total}, nil
}
