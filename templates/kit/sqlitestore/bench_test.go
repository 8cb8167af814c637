package sqlitestore

import (
	"context"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func openBench(b *testing.B) *DB {
	b.Helper()
	db, err := Open(b.Context(), Config{Path: filepath.Join(b.TempDir(), "bench.db")}, textCodec{}, kit.Schema{})
	if err == nil {
		b.Cleanup(func() { _ = db.Close() })
		err = db.Migrate(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	return db
}

// BenchmarkWrite keeps a row and its event, from one goroutine and from many.
func BenchmarkWrite(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(strconv.Itoa(writers), func(b *testing.B) {
			db := openBench(b)
			var insert *Statement
			err := db.PrepareAll(b.Context(), map[**Statement]string{
				&insert: `INSERT INTO "idempotency_key" VALUES (?, x'00', 0, '', x'00', 0)`,
			})
			if err != nil {
				b.Fatal(err)
			}
			var n atomic.Int64
			b.SetParallelism(writers)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					key := strconv.FormatInt(n.Add(1), 10)
					err := db.Within(b.Context(), func(ctx context.Context) error {
						if _, err := insert.Exec(ctx, key); err != nil {
							return err
						}
						return db.Emit(ctx, textEvent{key})
					})
					if err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

// BenchmarkRow reads one row by its key.
func BenchmarkRow(b *testing.B) {
	db := openBench(b)
	one := db.Statement(`SELECT 1 FROM "sqlite_schema" WHERE "type" = 'table' AND "name" = $1`)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := one.Row(b.Context(), func(Scanner) error { return nil }, "outbox"); err != nil {
				b.Error(err)
			}
		}
	})
}
