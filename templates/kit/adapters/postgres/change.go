package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// Change runs the statement, an INSERT, UPDATE or DELETE without RETURNING, and
// returns how many rows it changed. Where it changed any, the events are kept in
// the outbox: both or neither. Outside of a transaction this is one round trip.
//
// Where it fails, a transaction that it takes part in can go on.
func (s *Statement) Change(ctx context.Context, events []domain.Event, args ...any) (changed int64, err error) {
	run := func(conn *sql.Conn) (err error) {
		changed, err = execute(ctx, conn, s.text, args)
		return err
	}
	if len(events) > 0 {
		columns, err := s.db.columnsOf(events)
		if err != nil {
			return 0, err
		}
		all := append(append(make([]any, 0, len(args)+len(columns)), args...), columns...)
		run = func(conn *sql.Conn) error {
			return consumeRows(ctx, conn, s.told, all, func(rows *sql.Rows) error {
				rows.Next()
				return rows.Scan(&changed)
			})
		}
	}
	if t := s.db.transactionOf(ctx); t != nil {
		err = t.nest(ctx, func(ctx context.Context) error { return t.run(ctx, run) })
		if err == nil && changed > 0 && len(events) > 0 {
			t.emitted.Store(true)
		}
	} else if err = s.db.alone(ctx, run); err == nil && changed > 0 && len(events) > 0 {
		s.db.hints.tell()
	}
	if err != nil {
		return 0, err
	}
	return changed, nil
}

var placeholder = regexp.MustCompile(`\$([0-9]+)`)

// withEvents returns the text of a change with that of its events. A seq is drawn
// for each event only after the change has locked its row, so that the events of
// one row have seqs in the order of commit.
func withEvents(text string) string {
	used := 0
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(match[1])
		if err == nil {
			used = max(used, n)
		}
	}
	return `WITH "change" AS (` + text + ` RETURNING 1), "told" AS (` +
		insertEvents(used) + ` WHERE EXISTS (SELECT FROM "change") ORDER BY "e"."n")
		SELECT count(*) FROM "change"`
}

// insertEvents returns the statement that keeps events, whose parameters begin
// after those that are used.
func insertEvents(used int) string {
	return fmt.Sprintf(`INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
		SELECT "e"."id", "e"."topic", "e"."key", '', $%d::timestamptz, "e"."payload"
		FROM unnest($%d::uuid[], $%d::text[], $%d::text[], $%d::bytea[])
		WITH ORDINALITY AS "e" ("id", "topic", "key", "payload", "n")`, used+1, used+2, used+3, used+4, used+5)
}

// columnsOf returns the arguments for insertEvents.
func (db *DB) columnsOf(events []domain.Event) ([]any, error) {
	n := len(events)
	ids, topics, keys, payloads := make(pq.StringArray, n), make(pq.StringArray, n), make(pq.StringArray, n), make(pq.ByteaArray, n)
	for i, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return nil, err
		}
		ids[i], topics[i], keys[i], payloads[i] = domain.NewUUID().String(), e.Topic(), e.Key(), notNil(payload)
	}
	return []any{ofTime(time.Now()), ids, topics, keys, payloads}, nil
}
