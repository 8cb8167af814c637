package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/outgrowkit/outgrow/docs/howto/ports"
	"github.com/outgrowkit/outgrow/templates/kit"
)

// NewReport returns a function that logs every hour whether there are orders,
// until its context ends.
func NewReport(orders ports.OrderStore, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		hourly := time.NewTicker(time.Hour)
		defer hourly.Stop()
		for {
			found, err := orders.List(ctx, kit.Page{Limit: 1})
			if err != nil {
				log.WarnContext(ctx, "cannot report orders; trying again in an hour", "error", err)
			} else {
				log.InfoContext(ctx, "report", "orders", len(found.Items) > 0)
			}
			select {
			case <-hourly.C:
			case <-ctx.Done():
				return nil
			}
		}
	}
}
