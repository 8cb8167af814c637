package postgresstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Change runs a change and keeps the events: outside of a transaction in one round trip.
func (r runner) Change(ctx context.Context, text string, events []kit.Event, args []any) (changed int64, err error) {
	rows, err := r.db.rowsOf(events)
	if err != nil {
		return 0, err
	}
	return r.db.change(ctx, text, rows, args)
}

// change is Change, with what rowsOf returns of the events.
func (db *DB) change(ctx context.Context, text string, events [][]any, args []any) (changed int64, err error) {
	run := changing(&changed, text, args)
	further, furtherArgs, err := furtherOf(args)
	if err != nil {
		return 0, withCode(err)
	}
	if len(events) > 0 || further != "" {
		run = counting(&changed, withEvents(text, len(args), further, `count(*)`), slices.Concat(args, eventArgs(events), furtherArgs))
	}
	if p := db.partOf(ctx); p != nil {
		err = nest(ctx, p, func(ctx context.Context) error { return p.Transaction.run(ctx, run) })
	} else {
		err = db.autocommit(ctx, db.changes, run)
	}
	if err != nil {
		return 0, err
	}
	if changed > 0 && len(events) > 0 {
		db.emitted(ctx)
	}
	return changed, nil
}

// counting returns the work to run a statement whose result is a number.
func counting(n *int64, text string, args []any) work {
	return func(ctx context.Context, conn *sql.Conn) error {
		return encoding.Query(ctx, conn, text, args, func(rows sqlstore.Rows) error {
			rows.Next()
			return rows.Scan(n)
		})
	}
}

// eventParameters is how many parameters insertEvents has.
const eventParameters = 5

// furtherer is an argument of a change that is kept by statements of its own.
type furtherer interface {
	// Further returns the text of the statements, parts of WITH after "change", and their
	// arguments, whose parameters begin after those that are used.
	Further(used int) (text string, args []any, err error)
}

// furtherOf returns the statements of all arguments of a change with events.
func furtherOf(changeArgs []any) (text string, args []any, err error) {
	for _, arg := range changeArgs {
		if f, ok := arg.(furtherer); ok {
			more, moreArgs, err := f.Further(len(changeArgs) + eventParameters + len(args))
			if err != nil {
				return "", nil, err
			}
			text, args = text+more, append(args, moreArgs...)
		}
	}
	return text, args, nil
}

// withEvents returns the text of a change, which has so many parameters, with that of
// its events, which has the parameters after these, and further ones. It selects the result. A seq is drawn
// for each event only after the change has locked its row, so that the events of
// one row have seqs in the order of commit.
func withEvents(text string, parameters int, further, result string) string {
	return `WITH "change" AS (` + text + ` RETURNING 1), "told" AS (` +
		insertEvents(parameters) + ` WHERE EXISTS (SELECT FROM "change") ORDER BY "e"."n")` + further + `
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

// rowsOf returns what insertEvents keeps of events.
func (db *DB) rowsOf(events []kit.Event) ([][]any, error) {
	rows := make([][]any, len(events))
	for i, e := range events {
		payload, err := db.codec.Encode(e)
		if err != nil {
			return nil, err
		}
		rows[i] = []any{kit.NewUUID().String(), e.Topic(), e.Key(), sqlstore.NotNil(payload)}
	}
	return rows, nil
}

// eventArgs returns the arguments for insertEvents.
func eventArgs(rows [][]any) []any {
	return append([]any{time.Now()}, arraysOf(rows, eventParameters-1)...)
}

// arraysOf returns rows that have so many columns, column by column, as arguments of
// statements. Their values are those that Encoding.Value returns.
func arraysOf(rows [][]any, columns int) []any {
	arrays := make([]any, columns)
	for at := range arrays {
		column := make([]any, len(rows))
		for i, row := range rows {
			switch v := row[at].(type) {
			case []byte: // which the driver would pass on as they are
				if v != nil {
					column[i] = `\x` + hex.EncodeToString(v)
				}
			default:
				column[i] = v
			}
		}
		arrays[at] = pq.Array(column)
	}
	return arrays
}
