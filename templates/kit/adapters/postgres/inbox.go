package postgres

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// Mark notes that a group handles a message: see ports.Inbox.
func (db *DB) Mark(ctx context.Context, group string, id domain.UUID) (first bool, err error) {
	n, err := db.kit.mark.apply(ctx, ofUUID(id), group, ofTime(time.Now()))
	return n == 1 && err == nil, err
}

// Purge forgets old marks: see ports.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return deleteOld(ctx, db.kit.purge, before)
}

// deleteOld deletes what is older, a thousand rows at a time, so that nobody has
// to wait long for one of them.
func deleteOld(ctx context.Context, s *Statement, before time.Time) (total int64, err error) {
	const batch = 1000
	for {
		n, err := s.apply(ctx, ofTime(before), batch)
		if err != nil {
			return total, err
		}
		if total += n; n < batch {
			return total, nil
		}
	}
}
