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
}

// New returns locks. A server that is away is no error: it is connected to later, and Ping
// says why it is. The error is Invalid if the configuration cannot be right.
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
	ctx, cancel := context.WithTimeout(context.Background(), 3*s.Timeout)
	defer cancel()
	if err := l.make(ctx); err != nil && kit.CodeOf(err) != kit.Unavailable {
		return nil, errors.Join(err, db.Close())
	}
	return l, nil
}

// do runs a statement that returns a number in one row, or no row, which is 0.
func (l *Locks) do(ctx context.Context, text string, args ...any) (n int64, err error) {
	if !l.made.Load() {
		err = l.make(ctx)
	}
	if err == nil {
		n, err = l.ask(ctx, text, args...)
	}
	if pq.As(err, pqerror.UndefinedTable) != nil { // somebody has removed it
		l.made.Store(false)
	}
	return n, l.server.explain(err)
}

func (l *Locks) ask(ctx context.Context, text string, args ...any) (n int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.server.Timeout)
	defer cancel()
	err = l.db.QueryRowContext(ctx, text, args...).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return n, err
}

// Acquire gives an owner a lock: see locks.Driver. What would end while the statement waits
// for its turn is reckoned when it has come.
func (l *Locks) Acquire(ctx context.Context, name, owner string, lease time.Duration) (int64, error) {
	return l.do(ctx, `INSERT INTO "kit_lock" ("name", "owner", "token", "until")
		VALUES ($1, $2, extract(epoch FROM clock_timestamp()) * 1000000, clock_timestamp() + $3 * interval '1 microsecond')
		ON CONFLICT ("name") DO UPDATE SET "owner" = excluded."owner",
			"token" = greatest("kit_lock"."token" + 1, excluded."token"),
			"until" = clock_timestamp() + $3 * interval '1 microsecond'
		WHERE "kit_lock"."until" <= clock_timestamp() OR "kit_lock"."owner" = excluded."owner"
		RETURNING "token"`, name, owner, lease.Microseconds())
}

// Renew has a lease begin again: see locks.Driver.
func (l *Locks) Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error) {
	n, err := l.do(ctx, `UPDATE "kit_lock" SET "until" = clock_timestamp() + $3 * interval '1 microsecond'
		WHERE "name" = $1 AND "owner" = $2 AND "until" > clock_timestamp() RETURNING 1`, name, owner, lease.Microseconds())
	return n == 1, err
}

// Release ends a lease: see locks.Driver. The row stays, with the token.
func (l *Locks) Release(ctx context.Context, name, owner string) error {
	_, err := l.do(ctx, `UPDATE "kit_lock" SET "until" = clock_timestamp() WHERE "name" = $1 AND "owner" = $2 RETURNING 1`, name, owner)
	return err
}

// Wait waits for the end of ctx: to be told would take a connection for each process.
func (l *Locks) Wait(ctx context.Context, _ string) { <-ctx.Done() }

// Ping returns nil if the server takes changes of the table.
func (l *Locks) Ping(ctx context.Context) error {
	n, err := l.do(ctx, `SELECT (has_table_privilege('"kit_lock"', 'SELECT') AND has_table_privilege('"kit_lock"', 'INSERT')
		AND has_table_privilege('"kit_lock"', 'UPDATE') AND has_table_privilege('"kit_lock"', 'DELETE'))::integer`)
	if err == nil && n == 0 {
		return l.server.needs(`SELECT, INSERT, UPDATE, DELETE ON "kit_lock"`, nil)
	}
	if err == nil {
		err = l.Release(ctx, "", "")
	}
	return err
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
