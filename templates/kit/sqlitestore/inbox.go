package sqlitestore

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Mark notes that a group handles a message: see kit.Inbox.
func (db *DB) Mark(ctx context.Context, group string, id kit.UUID) (first bool, err error) {
	err = db.Write(ctx, func(ctx context.Context) error {
		n, err := db.kit.mark.Exec(ctx, id, group, time.Now())
		first = n == 1
		return err
	})
	return first && err == nil, err
}

// Purge forgets old marks: see kit.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return db.deleteOld(ctx, db.kit.purge, before)
}

// deleteOld deletes what is older, a thousand rows at a time, so that others
// can make their changes in between.
func (db *DB) deleteOld(ctx context.Context, s *Statement, before time.Time) (total int64, err error) {
	const batch = 1000
	for {
		var n int64
		err := db.Write(ctx, func(ctx context.Context) (err error) {
			n, err = s.Exec(ctx, before, batch)
			return err
		})
		if err != nil {
			return total, err
		}
		if total += n; n < batch {
			return total, nil
		}
	}
}
