package sqlstore

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// Schedule returns the entries of the schedule.
func (r *Records) Schedule() schedule.Store { return entries{r} }

// entries are those of the schedule: see schedule.Store.
type entries struct{ records *Records }

const entryColumns = `"name", "when", "due", "at", "topic", "payload"`

// Next returns the store's time and that of the earliest entry. A view tells the time,
// since databases differ in how to ask them.
func (e entries) Next(ctx context.Context) (now, at time.Time, err error) {
	next := e.records.prepare(`SELECT "now", (SELECT min("at") FROM "schedule") FROM "schedule_clock"`)
	_, err = next.Row(ctx, func(row Scanner) error {
		var earliest *time.Time
		err := row.Scan(&now, &earliest)
		if earliest != nil {
			at = *earliest
		}
		return err
	})
	return now, at, err
}

// Due returns entries that are due.
func (e entries) Due(ctx context.Context, now time.Time, limit int) ([]schedule.Entry, error) {
	due := e.records.prepare(`SELECT ` + entryColumns + ` FROM "schedule" WHERE "at" <= $1 ORDER BY "at" LIMIT $2` + e.records.skipLocked)
	return e.read(ctx, due, now, limit)
}

// Entries returns the entries that are due first.
func (e entries) Entries(ctx context.Context, limit int) ([]schedule.Entry, error) {
	return e.read(ctx, e.records.prepare(`SELECT `+entryColumns+` FROM "schedule" ORDER BY "at" LIMIT $1`), limit)
}

func (e entries) read(ctx context.Context, s *Statement, args ...any) (read []schedule.Entry, err error) {
	err = s.Rows(ctx, func(row Scanner) error {
		var one schedule.Entry
		err := row.Scan(&one.Name, &one.When, &one.Due, &one.At, &one.Topic, &one.Payload)
		read = append(read, one)
		return err
	}, args...)
	return read, err
}

// Put keeps an entry, in place of the one with its name.
func (e entries) Put(ctx context.Context, one schedule.Entry) error {
	put := e.records.prepare(`INSERT INTO "schedule" (` + entryColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT ("name") DO UPDATE SET "when" = excluded."when", "due" = excluded."due", "at" = excluded."at",
		"topic" = excluded."topic", "payload" = excluded."payload"`)
	_, err := put.Apply(ctx, one.Name, one.When, one.Due, one.At, one.Topic, NotNil(one.Payload))
	return err
}

// Move changes when an entry is due.
func (e entries) Move(ctx context.Context, name string, due, at time.Time) error {
	_, err := e.records.prepare(`UPDATE "schedule" SET "due" = $1, "at" = $2 WHERE "name" = $3`).Apply(ctx, due, at, name)
	return err
}

// Drop removes an entry.
func (e entries) Drop(ctx context.Context, name string) error {
	_, err := e.records.prepare(`DELETE FROM "schedule" WHERE "name" = $1`).Apply(ctx, name)
	return err
}

// Declare records that a program has an entry. What others do with it while it is recorded
// with other times is not affected.
func (e entries) Declare(ctx context.Context, name, when string, now time.Time) (done time.Time, err error) {
	declare := e.records.prepare(`INSERT INTO "schedule_declared" ("name", "when", "since", "done") VALUES ($1, $2, $3, $3)
		ON CONFLICT ("name") DO UPDATE SET "when" = excluded."when", "since" = excluded."since"
		WHERE "schedule_declared"."when" <> excluded."when"`)
	if _, err = declare.Apply(ctx, name, when, now); err != nil {
		return done, err
	}
	read := e.records.prepare(`SELECT CASE WHEN "done" > "since" THEN "done" ELSE "since" END FROM "schedule_declared" WHERE "name" = $1`)
	_, err = read.Row(ctx, func(row Scanner) error { return row.Scan(&done) }, name)
	return done, err
}

// Done returns the last time that was done of a declared entry.
func (e entries) Done(ctx context.Context, name string) (done time.Time, err error) {
	read := e.records.prepare(`SELECT "done" FROM "schedule_declared" WHERE "name" = $1`)
	_, err = read.Row(ctx, func(row Scanner) error { return row.Scan(&done) }, name)
	return done, err
}

// Advance changes that time.
func (e entries) Advance(ctx context.Context, name string, before, done time.Time) (bool, error) {
	advance := e.records.prepare(`UPDATE "schedule_declared" SET "done" = $1 WHERE "name" = $2 AND "done" = $3`)
	changed, err := advance.Apply(ctx, done, name, before)
	return changed == 1 && err == nil, err
}
