//go:build !race

package sqlitestore

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestAllocations guards what a read by key and a change with its event cost beside
// the driver. The race detector allocates too, and is left out.
func TestAllocations(t *testing.T) {
	db := openTest(t)
	ctx := context.Background()
	one, put := db.Statement(`SELECT "key", "status" FROM "idempotency_key" WHERE "key" = ?`),
		db.Statement(`INSERT INTO "idempotency_key" VALUES (?, x'00', 0, '', x'00', 0) ON CONFLICT DO UPDATE SET "status" = 1`)
	events := []kit.Event{textEvent{"a"}}
	for _, c := range []struct {
		name  string
		limit float64
		run   func() error
	}{
		{"change", 51, func() error {
			_, err := put.Change(ctx, events, "a")
			return err
		}},
		{"read by key", 17, func() error {
			var key string
			var status int64
			_, err := one.Row(ctx, func(row Scanner) error { return row.Scan(&key, &status) }, "a")
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := testing.AllocsPerRun(100, func() {
				if err := c.run(); err != nil {
					t.Fatal(err)
				}
			})
			if got > c.limit {
				t.Errorf("%v allocations, want at most %v", got, c.limit)
			}
		})
	}
}
