// Package postgreslocks keeps locks in a table of a PostgreSQL database, by the clock of its
// server.
package postgreslocks

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Config says where the server is. Zero values stand for the defaults.
type Config struct {
	// DSN is where the database is, such as
	// postgres://user:password@host:5432/database?sslmode=verify-full. It must say which
	// sslmode is wanted. It may be that of the store.
	DSN         kit.Secret
	Connections int           // 4
	Timeout     time.Duration // to connect, and for each request; 1s
}

func (c Config) filled() Config {
	c.Connections = cmp.Or(c.Connections, 4)
	c.Timeout = cmp.Or(c.Timeout, time.Second)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled()
	if c.Connections < 1 || c.Connections > 1000 {
		report("Connections", "must be from 1 to 1000, or 0 for the default")
	}
	if c.Timeout < 10*time.Millisecond || c.Timeout > 10*time.Second {
		report("Timeout", "must be from 10ms to 10s, or 0s for the default")
	}
}

// KeyOf returns which key of the section leads to an error of New or Ping.
func (Config) KeyOf(error) string { return "dsn" }

// Locks is a locks.Driver on a server.
type Locks struct {
	server *server
	db     *sql.DB
	made   atomic.Bool // the table is there

	acquire, renew, release statement
}

// statement is prepared when it is first used, so that the server need not plan it each time.
type statement struct {
	text     string
	prepared atomic.Pointer[sql.Stmt]
}

// New returns locks, without connecting yet. The error is Invalid if the DSN cannot be right.
func New(c Config) (*Locks, error) {
	s, err := newServer(c.filled())
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(s)
	db.SetMaxOpenConns(s.Connections)
	db.SetMaxIdleConns(s.Connections)
	db.SetConnMaxLifetime(time.Hour) // so that connections move to a server that came back
	l := &Locks{server: s, db: db}
	l.acquire.text, l.renew.text, l.release.text = acquire, renew, release
	return l, nil
}

// What would end while acquire waits for its turn is reckoned when that has come.
const (
	acquire = `INSERT INTO "kit_lock" ("name", "owner", "token", "until")
		VALUES ($1, $2, extract(epoch FROM clock_timestamp()) * 1000000, clock_timestamp() + $3 * interval '1 microsecond')
		ON CONFLICT ("name") DO UPDATE SET "owner" = excluded."owner",
			"token" = greatest("kit_lock"."token" + 1, excluded."token"),
			"until" = clock_timestamp() + $3 * interval '1 microsecond'
		WHERE "kit_lock"."until" <= clock_timestamp() OR "kit_lock"."owner" = excluded."owner"
		RETURNING "token"`
	renew = `UPDATE "kit_lock" SET "until" = clock_timestamp() + $3 * interval '1 microsecond'
		WHERE "name" = $1 AND "owner" = $2 AND "until" > clock_timestamp() RETURNING 1`
	release = `UPDATE "kit_lock" SET "until" = clock_timestamp() WHERE "name" = $1 AND "owner" = $2 RETURNING 1`
)

// do runs a statement that returns a number in one row, or no row, which is 0.
func (l *Locks) do(ctx context.Context, s *statement, args ...any) (n int64, err error) {
	if !l.made.Load() {
		err = l.make(ctx)
	}
	if err == nil {
		n, err = l.run(ctx, s, args...)
	}
	if pq.As(err, pqerror.UndefinedTable) != nil { // somebody has removed it
		l.made.Store(false)
	}
	return n, l.server.explain(err)
}

func (l *Locks) run(ctx context.Context, s *statement, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, l.server.Timeout)
	defer cancel()
	prepared := s.prepared.Load() //nolint:sqlclosecheck // it is for all who come, until the database is closed
	if prepared == nil {
		var err error
		if prepared, err = l.db.PrepareContext(ctx, s.text); err != nil {
			return 0, err
		}
		if !s.prepared.CompareAndSwap(nil, prepared) { // another one was quicker
			defer prepared.Close() //nolint:errcheck // it ends with its connection otherwise
		}
	}
	return number(prepared.QueryRowContext(ctx, args...))
}

// ask runs what is not asked often.
func (l *Locks) ask(ctx context.Context, text string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, l.server.Timeout)
	defer cancel()
	return number(l.db.QueryRowContext(ctx, text))
}

func number(row *sql.Row) (n int64, err error) {
	if err = row.Scan(&n); errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Acquire gives an owner a lock: see locks.Driver.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	return l.do(ctx, &l.acquire, name, owner, lease.Microseconds())
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	n, err := l.do(ctx, &l.renew, name, owner, lease.Microseconds())
	return n == 1, err
}

// Release ends a lease: see locks.Driver. The row stays, with the token.
func (l *Locks) Release(ctx context.Context, name, owner string) error {
	_, err := l.do(ctx, &l.release, name, owner)
	return err
}

// Wait waits for the end of ctx: to be told would take a connection for each process.
func (l *Locks) Wait(ctx context.Context, _ string) { <-ctx.Done() }

// Ping returns nil if the server takes changes of the table, or lets the user make it. It makes
// none.
func (l *Locks) Ping(ctx context.Context) error {
	n, err := l.ask(ctx, `SELECT CASE
		WHEN to_regclass('"kit_lock"') IS NOT NULL THEN (has_table_privilege('"kit_lock"', 'SELECT') AND has_table_privilege('"kit_lock"', 'INSERT')
			AND has_table_privilege('"kit_lock"', 'UPDATE') AND has_table_privilege('"kit_lock"', 'DELETE'))::integer
		WHEN current_schema() IS NULL THEN 2
		WHEN has_schema_privilege(current_schema(), 'CREATE') THEN 3 ELSE 4 END`)
	switch {
	case err != nil:
		return l.server.explain(err)
	case n == 0:
		return l.server.needs(`SELECT, INSERT, UPDATE, DELETE ON "kit_lock"`, nil)
	case n == 1:
		return l.Release(ctx, "", "") // nobody's
	case n == 2:
		return kit.Errorf(kit.Invalid, "the database of locks %s has no schema for the table: make one, or set search_path in the DSN", l.server)
	case n == 4:
		return l.server.needs("CREATE ON SCHEMA …", nil)
	}
	return nil
}

// Close closes the connections.
func (l *Locks) Close() error { return l.db.Close() }

// make makes the table, if it is not there: of processes that do so at the same time one does
// it, and the others wait. What nobody has had for a month is forgotten: the clock, by which
// tokens go, has gone on since.
func (l *Locks) make(ctx context.Context) error {
	there, err := l.ask(ctx, `SELECT (to_regclass('"kit_lock"') IS NOT NULL)::integer`)
	if err == nil && there == 0 {
		_, err = l.db.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('kit_lock of ' || current_schema(), 0));
			CREATE TABLE IF NOT EXISTS "kit_lock" (
				"name" text PRIMARY KEY, "owner" text NOT NULL, "token" bigint NOT NULL, "until" timestamptz NOT NULL)`)
	}
	if err == nil {
		_, err = l.ask(ctx, `DELETE FROM "kit_lock" WHERE "until" < clock_timestamp() - interval '30 days'`)
	}
	if err != nil {
		return l.server.explain(err)
	}
	l.made.Store(true)
	return nil
}
