package sqlitestore

import (
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// statementSet holds the statements on the tables that every database has. They
// are prepared when first used, since the tables may be yet to be made.
type statementSet struct {
	ping, hasTable, versions      *Statement
	emit, claim, done, lag        *Statement
	mark, purge                   *Statement
	bury, letter, letters, unbury *Statement
	recall, remember, expire      *Statement
}

func newStatementSet(db *DB) *statementSet {
	as := func(text string) *Statement { return &Statement{db: db, text: text} }
	return &statementSet{
		ping:     as(`SELECT count(*) FROM "sqlite_schema"`),
		hasTable: as(`SELECT 1 FROM "sqlite_schema" WHERE "type" = 'table' AND "name" = ?`),
		versions: as(`SELECT "version_id" FROM "goose_db_version" WHERE "is_applied"`),

		emit: as(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload") VALUES (?, ?, ?, ?, ?, ?)`),
		claim: as(`SELECT "seq", "id", "topic", "key", "group", "time", "payload" FROM "outbox"
			WHERE "seq" > ? ORDER BY "seq"`),
		done: as(`DELETE FROM "outbox" WHERE "seq" IN (SELECT "value" FROM json_each(?))`),
		lag:  as(`SELECT count(*), coalesce(min("time"), 0) FROM "outbox"`),

		mark: as(`INSERT INTO "inbox" ("id", "group", "time") VALUES (?, ?, ?) ON CONFLICT DO NOTHING`),
		purge: as(`DELETE FROM "inbox" WHERE ("id", "group") IN
			(SELECT "id", "group" FROM "inbox" WHERE "time" < ? LIMIT ?)`),

		bury: as(`INSERT INTO "dead_letter"
			("id", "message", "topic", "key", "group", "time", "payload", "error", "attempts", "failed_at")
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT ("message", "group") DO UPDATE SET
			"id" = excluded."id", "error" = excluded."error", "attempts" = excluded."attempts",
			"failed_at" = excluded."failed_at"`),
		letter:  as(`SELECT ` + columnsOfLetter + ` FROM "dead_letter" WHERE "id" = ?`),
		letters: as(`SELECT ` + columnsOfLetter + ` FROM "dead_letter" WHERE "id" > ? ORDER BY "id" LIMIT ?`),
		unbury:  as(`DELETE FROM "dead_letter" WHERE "id" = ?`),

		recall: as(`SELECT "request", "status", "header", "body" FROM "idempotency_key" WHERE "key" = ?`),
		remember: as(`INSERT INTO "idempotency_key" ("key", "request", "status", "header", "body", "time")
			VALUES (?, ?, ?, ?, ?, ?)`),
		expire: as(`DELETE FROM "idempotency_key" WHERE "key" IN
			(SELECT "key" FROM "idempotency_key" WHERE "time" < ? LIMIT ?)`),
	}
}

// uuidOf makes a UUID of what a BLOB column holds.
func uuidOf(b []byte) (kit.UUID, error) {
	if len(b) != len(kit.UUID{}) {
		return kit.UUID{}, kit.Errorf(kit.Internal, "a UUID of %d bytes", len(b))
	}
	return kit.UUID(b), nil
}

// microsOf returns a time as it is kept: in microseconds since 1970.
func microsOf(t time.Time) int64 { return t.UnixMicro() }

func timeOf(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// notNil returns b, or an empty slice for nil, which would be kept as NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
