package memory

import (
	"context"

	"example.com/shop/domain/account"
	"example.com/shop/domain/report"
)

// Stock adds up the parts.
func (s *ReportStore) Stock(ctx context.Context, total int64) (all report.Stock, err error) {
	_, err = s.PartStore.Count(ctx, func(p *account.Part) bool {
		if p.Total < total {
			all.Parts, all.Total = all.Parts+1, all.Total+p.Total
		}
		return true
	})
	return all, err
}
