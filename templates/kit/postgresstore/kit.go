package postgresstore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// records has the methods of DB for what is kept beside entities and the outbox.
type records = sqlstore.Records

// statementSet holds the statements on the tables that every database has. They
// are not checked, since the tables may be yet to be made.
type statementSet struct {
	ping, tables, place *Statement

	emit, claim, renew, dropLost, done, release, replay *Statement
}

func newStatementSet(db *DB) *statementSet {
	as := db.Statement
	return &statementSet{
		ping:   as(`SELECT 1 WHERE NOT pg_is_in_recovery()`),
		tables: as(`SELECT "tablename"::text FROM "pg_tables" WHERE "schemaname" = current_schema() ORDER BY 1`),
		place: as(`SELECT coalesce(current_schema(), ''), current_setting('search_path'), current_user::text,
			coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`),

		emit:  as(insertEvents(0) + ` ORDER BY "e"."n"`),
		claim: as(claimMessages),
		// It does not wait for messages that are being removed.
		renew: as(`WITH "mine" AS (SELECT "o"."seq", "h"."left"
			FROM unnest($1::uuid[], $2::bigint[]) AS "h" ("id", "left")
			JOIN "outbox" AS "o" ON "o"."id" = "h"."id" WHERE "o"."claimed_by" = $3
			FOR UPDATE OF "o" SKIP LOCKED)
			UPDATE "outbox" AS "o" SET "claimed_until" = clock_timestamp() + "mine"."left" * interval '1 microsecond'
			FROM "mine" WHERE "o"."seq" = "mine"."seq"`),
		// It gives back the messages of claims whose answer was lost.
		dropLost: as(`UPDATE "outbox" SET "claimed_by" = NULL, "claimed_until" = NULL
			WHERE "claimed_until" IS NOT NULL AND "claimed_by" = $1 AND "id" <> ALL ($2::uuid[])`),
		done: as(`DELETE FROM "outbox" WHERE "id" = ANY ($1::uuid[]) AND "claimed_by" = $2`),
		release: as(`UPDATE "outbox" SET "claimed_by" = NULL, "claimed_until" = NULL
			WHERE "id" = ANY ($1::uuid[]) AND "claimed_by" = $2`),

		replay: as(`WITH "letter" AS (DELETE FROM "dead_letter" WHERE "id" = $1 RETURNING *)
			INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT "message", "topic", "key", "group", "time", "payload" FROM "letter"`),
	}
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	changed, err := db.kit.replay.Apply(ctx, id)
	if err == nil && changed == 0 {
		err = kit.Errorf(kit.NotFound, "there is no dead letter %s", id)
	}
	if err == nil {
		db.emitted(ctx)
	}
	return err
}
