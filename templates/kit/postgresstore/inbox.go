package postgresstore

import (
	"context"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Mark notes that a group handles a message: see kit.Inbox. The first statement of a
// transaction begins it as well, in one round trip. Where another transaction marks the
// same message at the same time, this one is run again after it.
func (db *DB) Mark(ctx context.Context, group string, id kit.UUID) (first bool, err error) {
	if t := db.transactionOf(ctx); t != nil {
		if changed, begun, err := t.beginWith(ctx, insertMark(group, id)); begun {
			return changed == 1 && err == nil, err
		}
	}
	changed, err := db.kit.mark.apply(ctx, id, group, time.Now())
	return changed == 1 && err == nil, err
}

// insertMark returns the statement that keeps a mark, without parameters.
func insertMark(group string, id kit.UUID) string {
	return `INSERT INTO "inbox" ("id", "group", "time") VALUES ('` + id.String() + `', ` + pq.QuoteLiteral(group) +
		`, clock_timestamp()) ON CONFLICT DO NOTHING`
}

// Purge forgets old marks: see kit.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return deleteOld(ctx, db.kit.purge, before)
}

// deleteOld deletes what is older, a thousand rows at a time, so that nobody has
// to wait long for one of them.
func deleteOld(ctx context.Context, s *Statement, before time.Time) (total int64, err error) {
	const batch = 1000
	for {
		n, err := s.apply(ctx, before, batch)
		if err != nil {
			return total, err
		}
		if total += n; n < batch {
			return total, nil
		}
	}
}
