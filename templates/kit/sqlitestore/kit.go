package sqlitestore

// statementSet holds the statements on the tables that every database has. They
// are prepared when first used, since the tables may be yet to be made.
type statementSet struct {
	ping, hasTable                *Statement
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

		emit: as(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload") VALUES (?, ?, ?, ?, ?, ?)`),
		claim: as(`SELECT "seq", "id", "topic", "key", "group", "time", "payload" FROM "outbox"
			WHERE "seq" > ? ORDER BY "seq"`),
		done: as(`DELETE FROM "outbox" WHERE "seq" IN (SELECT "value" FROM json_each(?))`),
		lag:  as(`SELECT count(*), min("time") FROM "outbox"`),

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

// notNil returns b, or an empty slice for nil, which would be kept as NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
