package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// entries are those of the schedule: see schedule.Store.
type entries struct {
	look, due, list                  *Statement
	put, drop                        map[int]*Statement // by how many entries they are for: see parts
	declare, declared, done, advance *Statement
}

// parts are how many entries statements are for, so that there are few of them.
var parts = []int{100, 10, 1}

// Schedule returns the entries of the schedule, or why the database does not accept what is
// to be done with them.
func (r *Records) Schedule(ctx context.Context) (schedule.Store, error) {
	const columns = `"name", "when", "due", "at", "topic", "payload"`
	var errs []error
	checked := func(text string) *Statement {
		s := r.prepare(text)
		if err := s.runner.Check(ctx, text); err != nil {
			errs = append(errs, kit.Wrap(kit.CodeOf(err), err, "cannot prepare "+text))
		}
		return s
	}
	// Parameters are numbered as they appear: SQLite's driver does not go by the numbers.
	e := entries{
		// A view tells the time, since databases differ in how to ask them.
		look: checked(`SELECT "now", (SELECT min("at") FROM "schedule") FROM "schedule_clock"`),
		due:  checked(`SELECT ` + columns + ` FROM "schedule" WHERE "at" <= $1 ORDER BY "at" LIMIT $2` + r.skipLocked),
		list: checked(`SELECT ` + columns + ` FROM "schedule" ORDER BY "at" LIMIT $1`),
		put:  map[int]*Statement{},
		drop: map[int]*Statement{},

		declare: checked(`INSERT INTO "schedule_declared" ("name", "when", "since", "done") VALUES ($1, $2, $3, $3)
			ON CONFLICT ("name") DO UPDATE SET "when" = excluded."when", "since" = excluded."since"
			WHERE "schedule_declared"."when" <> excluded."when"`),
		declared: checked(`SELECT CASE WHEN "done" > "since" THEN "done" ELSE "since" END FROM "schedule_declared" WHERE "name" = $1`),
		done:     checked(`SELECT "done" FROM "schedule_declared" WHERE "name" = $1`),
		advance:  checked(`UPDATE "schedule_declared" SET "done" = $1 WHERE "name" = $2 AND "done" = $3`),
	}
	for _, n := range parts {
		e.put[n] = checked(`INSERT INTO "schedule" (` + columns + `) VALUES ` + parameters(n, 6) + `
			ON CONFLICT ("name") DO UPDATE SET "when" = excluded."when", "due" = excluded."due", "at" = excluded."at",
			"topic" = excluded."topic", "payload" = excluded."payload"`)
		e.drop[n] = checked(`DELETE FROM "schedule" WHERE "name" IN ` + parameters(1, n))
	}
	return e, errors.Join(errs...)
}

// parameters returns the text of so many rows of parameters.
func parameters(rows, columns int) string {
	var b strings.Builder
	for n := range rows * columns {
		separator := ", "
		switch {
		case n == 0:
			separator = "("
		case n%columns == 0:
			separator = "), ("
		}
		b.WriteString(separator + "$" + strconv.Itoa(n+1))
	}
	return b.String() + ")"
}

// apply runs statements for entries, which have so many arguments each.
func apply(ctx context.Context, by map[int]*Statement, each int, args []any) error {
	for len(args) > 0 {
		i := slices.IndexFunc(parts, func(n int) bool { return n*each <= len(args) })
		n := parts[i] * each
		if _, err := by[parts[i]].Apply(ctx, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// Next returns the store's time and that of the earliest entry.
func (e entries) Next(ctx context.Context) (now, at time.Time, err error) {
	_, err = e.look.Row(ctx, func(row Scanner) error {
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
	return readEntries(ctx, e.due, now, limit)
}

// Entries returns the entries that are due first.
func (e entries) Entries(ctx context.Context, limit int) ([]schedule.Entry, error) {
	return readEntries(ctx, e.list, limit)
}

func readEntries(ctx context.Context, s *Statement, args ...any) ([]schedule.Entry, error) {
	return collect(ctx, s, func(row Scanner, e *schedule.Entry) error {
		return row.Scan(&e.Name, &e.When, &e.Due, &e.At, &e.Topic, &e.Payload)
	}, args...)
}

// Put keeps entries, each in place of the one with its name.
func (e entries) Put(ctx context.Context, all ...schedule.Entry) error {
	var args []any
	for _, one := range all {
		args = append(args, one.Name, one.When, one.Due, one.At, one.Topic, NotNil(one.Payload))
	}
	return apply(ctx, e.put, 6, args)
}

// Drop removes entries.
func (e entries) Drop(ctx context.Context, names ...string) error {
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = name
	}
	return apply(ctx, e.drop, 1, args)
}

// Declare records that a program has an entry. What others do with it while it is recorded
// with other times is not affected.
func (e entries) Declare(ctx context.Context, name, when string, now time.Time) (done time.Time, err error) {
	if _, err = e.declare.Apply(ctx, name, when, now); err != nil {
		return done, err
	}
	_, err = e.declared.Row(ctx, func(row Scanner) error { return row.Scan(&done) }, name)
	return done, err
}

// Done returns the last time that was done of a declared entry.
func (e entries) Done(ctx context.Context, name string) (done time.Time, err error) {
	_, err = e.done.Row(ctx, func(row Scanner) error { return row.Scan(&done) }, name)
	return done, err
}

// Advance changes that time.
func (e entries) Advance(ctx context.Context, name string, before, done time.Time) (bool, error) {
	changed, err := e.advance.Apply(ctx, done, name, before)
	return changed == 1 && err == nil, err
}
