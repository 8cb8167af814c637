package postgresstore

import (
	"context"

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
	return db.records.Mark(ctx, group, id)
}

// insertMark returns the statement that keeps a mark, without parameters.
func insertMark(group string, id kit.UUID) string {
	return `INSERT INTO "inbox" ("id", "group", "time") VALUES ('` + id.String() + `', ` + pq.QuoteLiteral(group) +
		`, clock_timestamp()) ON CONFLICT DO NOTHING`
}
