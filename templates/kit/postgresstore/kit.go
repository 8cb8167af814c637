package postgresstore

// statementSet holds the statements on the tables that every database has. They
// are prepared when first used, since the tables may be yet to be made.
type statementSet struct {
	ping, hasTable *Statement

	emit, done, release, lag, notify *Statement

	mark, marked, markAll, purge, bury, letters, replay *Statement

	recall, remember, expire *Statement
}

func newStatementSet(db *DB) *statementSet {
	as := db.newStatement
	return &statementSet{
		ping:     as(`SELECT 1 WHERE NOT pg_is_in_recovery()`),
		hasTable: as(`SELECT 1 WHERE to_regclass($1) IS NOT NULL`),

		emit: as(insertEvents(0) + ` ORDER BY "e"."n"`),
		done: as(`DELETE FROM "outbox" WHERE "id" = ANY ($1::uuid[]) AND "claimed_by" = $2`),
		release: as(`UPDATE "outbox" SET "claimed_by" = NULL, "claimed_until" = NULL
			WHERE "id" = ANY ($1::uuid[]) AND "claimed_by" = $2`),
		lag: as(`SELECT (SELECT count(*) FROM (SELECT FROM "outbox" LIMIT $1) AS "some"),
			(SELECT "time" FROM "outbox" ORDER BY "seq" LIMIT 1)`),
		notify: as(`SELECT pg_notify($1, $2)`),

		mark:   as(`INSERT INTO "inbox" ("id", "group", "time") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`),
		marked: as(`SELECT "id", "group" FROM "inbox" WHERE ("id", "group") IN (SELECT * FROM unnest($1::uuid[], $2::text[]))`),
		// In one order, or two who keep the same would wait for each other.
		markAll: as(`INSERT INTO "inbox" ("id", "group", "time") SELECT "m"."id", "m"."group", $3::timestamptz
			FROM unnest($1::uuid[], $2::text[]) AS "m" ("id", "group") ORDER BY 1, 2 ON CONFLICT DO NOTHING`),
		purge: as(`DELETE FROM "inbox" WHERE ("id", "group") IN (SELECT "id", "group" FROM "inbox"
			WHERE "time" < $1 ORDER BY "time" LIMIT $2 FOR UPDATE SKIP LOCKED)`),

		bury: as(`INSERT INTO "dead_letter" (` + columnsOfLetter + `)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT ("message", "group") DO UPDATE SET
			"id" = excluded."id", "error" = excluded."error", "attempts" = excluded."attempts",
			"failed_at" = excluded."failed_at"`),
		letters: as(`SELECT ` + columnsOfLetter + ` FROM "dead_letter" WHERE "id" > $1 ORDER BY "id" LIMIT $2`),
		replay: as(`WITH "letter" AS (DELETE FROM "dead_letter" WHERE "id" = $1 RETURNING *)
			INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT "message", "topic", "key", "group", "time", "payload" FROM "letter"`),

		recall: as(`SELECT "request", "status", "header", "body" FROM "idempotency_key" WHERE "key" = $1`),
		remember: as(`INSERT INTO "idempotency_key" ("key", "request", "status", "header", "body", "time")
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`),
		expire: as(`DELETE FROM "idempotency_key" WHERE "key" IN (SELECT "key" FROM "idempotency_key"
			WHERE "time" < $1 ORDER BY "time" LIMIT $2 FOR UPDATE SKIP LOCKED)`),
	}
}

// notNil returns b, or an empty slice for nil, which would be kept as NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
