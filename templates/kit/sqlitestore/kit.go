package sqlitestore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// records has the methods of DB for what is kept beside entities and the outbox.
type records = sqlstore.Records

// lagText selects how far behind the relay is.
const lagText = `SELECT count(*), min("time") FROM "outbox"`

// statementSet holds the statements on the tables that every database has. They
// are not checked, since the tables may be yet to be made.
type statementSet struct {
	ping, hasTable, emit, claim, done, replay, unbury *Statement
}

func newStatementSet(db *DB) *statementSet {
	as := db.Statement
	return &statementSet{
		ping:     as(`SELECT count(*) FROM "sqlite_schema"`),
		hasTable: as(`SELECT 1 FROM "sqlite_schema" WHERE "type" = 'table' AND "name" = $1`),

		emit: as(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload") VALUES ($1, $2, $3, $4, $5, $6)`),
		claim: as(`SELECT "seq", "id", "topic", "key", "group", "time", "payload" FROM "outbox"
			WHERE "seq" > $1 ORDER BY "seq"`),
		done: as(`DELETE FROM "outbox" WHERE "seq" IN (SELECT "value" FROM json_each($1))`),

		replay: as(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT "message", "topic", "key", "group", "time", "payload" FROM "dead_letter" WHERE "id" = $1`),
		unbury: as(`DELETE FROM "dead_letter" WHERE "id" = $1`),
	}
}

// Replay puts the message of a dead letter back into the outbox: see
// kit.DeadLetterQueue.
func (db *DB) Replay(ctx context.Context, id kit.UUID) error {
	return db.Write(ctx, func(ctx context.Context) error {
		changed, err := db.kit.replay.Exec(ctx, id)
		if err == nil && changed == 0 {
			err = kit.Errorf(kit.NotFound, "there is no dead letter %s", id)
		}
		if err != nil {
			return err
		}
		db.transactionOf(ctx).emitted.Store(true)
		_, err = db.kit.unbury.Exec(ctx, id)
		return err
	})
}
