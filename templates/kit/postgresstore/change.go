package postgresstore

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Change runs the statement, an INSERT, UPDATE or DELETE without RETURNING, and
// returns how many rows it changed. Where it changed any, the events are kept in
// the outbox: both or neither. Outside of a transaction this is one round trip, which
// inserts that are made at the same time share.
//
// Where it fails, a transaction that it takes part in can go on.
func (s *Statement) Change(ctx context.Context, events []kit.Event, args ...any) (changed int64, err error) {
	columns, err := s.db.columnsOf(events)
	if err != nil {
		return 0, err
	}
	run := func(conn *sql.Conn) (err error) {
		changed, err = s.changeOn(ctx, conn, columns, args)
		return err
	}
	if t := s.db.transactionOf(ctx); t != nil {
		err = t.nest(ctx, func(ctx context.Context) error { return t.run(ctx, run) })
		if err == nil && changed > 0 && len(events) > 0 {
			t.emitted.Store(true)
		}
	} else {
		err = s.changeAlone(ctx, run, &changed, columns, args)
		if err == nil && changed > 0 && len(events) > 0 {
			s.db.hints.tell()
		}
	}
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// changeAlone runs a change that is committed with its statement: with others, if it
// can be.
func (s *Statement) changeAlone(ctx context.Context, run func(*sql.Conn) error, changed *int64, columns eventColumns, args []any) error {
	alone := func() error { return s.db.alone(ctx, run) }
	if s.merger == nil {
		return alone()
	}
	merged, err := s.merger.insert(ctx, &mergedInsert{args: args, columns: columns}, alone)
	if merged {
		*changed = 1
	}
	return err
}

// changeOn runs the change on the connection.
func (s *Statement) changeOn(ctx context.Context, conn *sql.Conn, columns eventColumns, args []any) (changed int64, err error) {
	if len(columns.ids) == 0 {
		return execute(ctx, conn, s.text, args)
	}
	return countOn(ctx, conn, s.told, columns.after(args))
}

// countOn runs a statement whose result is a number.
func countOn(ctx context.Context, conn *sql.Conn, text string, args []any) (n int64, err error) {
	err = consumeRows(ctx, conn, text, args, func(rows *sql.Rows) error {
		rows.Next()
		return rows.Scan(&n)
	})
	return n, err
}

var placeholder = regexp.MustCompile(`\$([0-9]+)`)

// withEvents returns the text of a change with that of its events. A seq is drawn
// for each event only after the change has locked its row, so that the events of
// one row have seqs in the order of commit.
func withEvents(text string) string { return changeWithEvents(text, `count(*)`) }

// changeWithEvents is withEvents, and what to return.
func changeWithEvents(text, result string) string {
	return `WITH "change" AS (` + text + ` RETURNING 1), "told" AS (` +
		insertEvents(parametersIn(text)) + ` WHERE EXISTS (SELECT FROM "change") ORDER BY "e"."n")
		SELECT ` + result + ` FROM "change"`
}

// parametersIn returns how many parameters the text has.
func parametersIn(text string) int {
	most := 0
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(match[1])
		if err == nil {
			most = max(most, n)
		}
	}
	return most
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
		c.ids[i], c.topics[i], c.keys[i], c.payloads[i] = kit.NewUUID().String(), e.Topic(), e.Key(), notNil(payload)
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
	return append(append(make([]any, 0, len(args)+5), args...), ofTime(time.Now()), c.ids, c.topics, c.keys, c.payloads)
}
