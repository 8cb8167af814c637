package postgresstore

import (
	"context"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// records has the methods of DB for what is kept beside entities and the outbox.
type records = sqlstore.Records

// statementSet holds the statements on the tables that every database has. They
// are not checked, since the tables may be yet to be made.
type statementSet struct {
	ping, tables, place *Statement

	emit, replay, lead, endLease, writers, claim, done, lag *Statement
}

func newStatementSet(db *DB) *statementSet {
	as := db.Statement
	relay := sqlstore.NewPreparer(runner{db, db.relay, db.relay}).Statement
	change := sqlstore.NewPreparer(runner{db, db.changes, db.changes}).Statement
	return &statementSet{
		ping:   as(`SELECT 1 WHERE NOT pg_is_in_recovery()`),
		tables: as(`SELECT "tablename"::text FROM "pg_tables" WHERE "schemaname" = current_schema() ORDER BY 1`),
		place: as(`SELECT coalesce(current_schema(), ''), current_setting('search_path'), current_user::text,
			coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)`),

		emit: as(insertEvents(0) + ` ORDER BY "e"."n"`),
		replay: as(`WITH "letter" AS (DELETE FROM "dead_letter" WHERE "id" = $1 RETURNING *)
			INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT "message", "topic", "key", "group", "time", "payload" FROM "letter"`),

		lead: change(`UPDATE "outbox_lease" SET "holder" = $1,
			"until" = clock_timestamp() + $2 * interval '1 microsecond',
			"term" = CASE "holder" WHEN $1 THEN "term" ELSE "term" + 1 END,
			"floor" = ` + newFloor + `
			WHERE "holder" = $1 OR "until" <= clock_timestamp()
			RETURNING "term", pg_postmaster_start_time()::text, "floor"`),
		endLease: change(`UPDATE "outbox_lease" SET "until" = '-infinity', "floor" = ` +
			strings.NewReplacer("$3", "$2", "$4", "$3").Replace(newFloor) + ` WHERE "holder" = $1`),
		writers: relay(`SELECT array_agg(DISTINCT "virtualtransaction") FROM pg_locks
			WHERE "relation" = '"outbox"'::regclass AND "mode" = 'RowExclusiveLock'
			AND "database" = (SELECT "oid" FROM pg_database WHERE "datname" = current_database())`),
		claim: relay(claimText),
		done: relay(`DELETE FROM "outbox" AS "o" USING unnest($1::bigint[], $2::uuid[]) AS "d" ("seq", "id")
			WHERE "o"."seq" = "d"."seq" AND "o"."id" = "d"."id"
			AND EXISTS (SELECT FROM "outbox_lease" WHERE "holder" = $3)`),
		lag: relay(lagText),
	}
}

const messageColumns = `"seq", "id", "topic", "key", "group", "time", "payload"`

// claimText selects what is in gaps, and after the cursor, up to a limit of bytes: the driver
// would read the rest as well. The ranges are looked for one by one: a join might read all
// rows, to compare each with the ranges.
const claimText = `SELECT ` + messageColumns + ` FROM (
	SELECT *, sum(octet_length("payload")) OVER (ORDER BY "seq" ROWS UNBOUNDED PRECEDING) - octet_length("payload") AS "before" FROM (
	(SELECT "m".* FROM unnest($1::bigint[], $2::bigint[]) AS "gap" ("from", "to") CROSS JOIN LATERAL
		(SELECT ` + messageColumns + ` FROM "outbox" WHERE "seq" BETWEEN "gap"."from" AND "gap"."to" ORDER BY "seq" LIMIT $4) AS "m")
	UNION ALL (SELECT ` + messageColumns + ` FROM "outbox" WHERE "seq" > $3 ORDER BY "seq" LIMIT $4)
	ORDER BY "seq" LIMIT $4) AS "some") AS "sized" WHERE "before" < $5 ORDER BY "seq"`

// newFloor is what the floor is from now on: not what the process knows from another server.
const newFloor = `CASE WHEN "holder" = $1 AND pg_postmaster_start_time()::text = $4
	THEN greatest("floor", $3) ELSE "floor" END`

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
