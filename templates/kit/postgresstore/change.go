package postgresstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Change runs a change and keeps the events: outside of a transaction in one round trip.
func (r runner) Change(ctx context.Context, text string, events []kit.Event, args []any) (changed int64, err error) {
	columns, err := r.db.columnsOf(events)
	if err != nil {
		return 0, err
	}
	run := func(conn *sql.Conn) (err error) {
		if len(events) == 0 {
			changed, err = encoding.Exec(ctx, conn, text, args)
		} else {
			changed, err = countOn(ctx, conn, withEvents(text, len(args), `count(*)`), columns.after(args))
		}
		return err
	}
	if t := r.db.transactionOf(ctx); t != nil {
		err = sqlstore.Nest(ctx, func(ctx context.Context) error { return t.run(ctx, run) }, t.save, t.leave)
	} else {
		err = r.db.autocommit(ctx, run)
	}
	if err != nil {
		return 0, err
	}
	if changed > 0 && len(events) > 0 {
		r.db.emitted(ctx)
	}
	return changed, nil
}

// countOn runs a statement whose result is a number.
func countOn(ctx context.Context, conn *sql.Conn, text string, args []any) (n int64, err error) {
	err = encoding.Query(toTheEnd{ctx}, conn, text, args, func(rows sqlstore.Rows) error {
		rows.Next()
		return rows.Scan(&n)
	})
	return n, err
}

// eventParameters is how many parameters insertEvents has.
const eventParameters = 5

// withEvents returns the text of a change, which has so many parameters, with that of
// its events, which has the parameters after these. It selects the result. A seq is drawn
// for each event only after the change has locked its row, so that the events of
// one row have seqs in the order of commit.
func withEvents(text string, parameters int, result string) string {
	return `WITH "change" AS (` + text + ` RETURNING 1), "told" AS (` +
		insertEvents(parameters) + ` WHERE EXISTS (SELECT FROM "change") ORDER BY "e"."n")
		SELECT ` + result + ` FROM "change"`
}

// insertEvents returns the statement that keeps events, whose parameters begin
// after those that are used.
func insertEvents(used int) string {
	return fmt.Sprintf(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
		SELECT "e"."id", "e"."topic", "e"."key", '', $%d::timestamptz, "e"."payload"
		FROM unnest($%d::uuid[], $%d::text[], $%d::text[], $%d::bytea[])
		WITH ORDINALITY AS "e" ("id", "topic", "key", "payload", "n")`, used+1, used+2, used+3, used+4, used+5)
}

// eventColumns are what insertEvents keeps, column by column.
type eventColumns struct {
	ids, topics, keys pq.StringArray
	payloads          pq.ByteaArray
}

// columnsOf returns the columns of events.
func (db *DB) columnsOf(events []kit.Event) (c eventColumns, err error) {
	if len(events) == 0 {
		return c, nil
	}
	n := len(events)
	c = eventColumns{make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n), make(pq.ByteaArray, n)}
	for i, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return c, err
		}
		c.ids[i], c.topics[i], c.keys[i], c.payloads[i] = kit.NewUUID().String(), e.Topic(), e.Key(), sqlstore.NotNil(payload)
	}
	return c, nil
}

// add adds the columns of more events.
func (c *eventColumns) add(more eventColumns) {
	c.ids = append(c.ids, more.ids...)
	c.topics = append(c.topics, more.topics...)
	c.keys = append(c.keys, more.keys...)
	c.payloads = append(c.payloads, more.payloads...)
}

// after returns the arguments for insertEvents, after others.
func (c *eventColumns) after(args []any) []any {
	return append(append(make([]any, 0, len(args)+eventParameters), args...), time.Now(), c.ids, c.topics, c.keys, c.payloads)
}
