package postgresstore

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// BenchmarkWrite keeps a row and its event: as a bare row, in one statement, and in
// a transaction.
func BenchmarkWrite(b *testing.B) {
	db := openTest(b)
	insert := db.Statement(`INSERT INTO "idempotency_key" VALUES ($1, '', 0, '{}', '', now())`)
	for name, keep := range map[string]func(key string) error{
		"bare": func(key string) error {
			_, err := insert.Change(b.Context(), nil, key)
			return err
		},
		"change": func(key string) error {
			_, err := insert.Change(b.Context(), []kit.Event{textEvent{key}}, key)
			return err
		},
		"transaction": func(key string) error {
			return db.Within(b.Context(), func(ctx context.Context) error {
				if _, err := insert.Exec(ctx, key); err != nil {
					return err
				}
				return db.Emit(ctx, textEvent{key})
			})
		},
	} {
		var n atomic.Int64
		b.Run(name, func(b *testing.B) {
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := keep(name + strconv.Itoa(b.N) + " " + strconv.FormatInt(n.Add(1), 10)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRow reads one row by its key.
func BenchmarkRow(b *testing.B) {
	row := openTest(b).Statement(`SELECT 1 WHERE to_regclass($1) IS NOT NULL`)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := row.Row(b.Context(), func(Scanner) error { return nil }, "outbox"); err != nil {
				b.Error(err)
			}
		}
	})
}
