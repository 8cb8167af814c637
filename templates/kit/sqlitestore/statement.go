package sqlitestore

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Statement is a statement that each connection prepares when it first runs it, and
// keeps. PrepareAll and Statement of DB make one.
type Statement = sqlstore.Statement

// preparer has the methods of DB that make statements.
type preparer = sqlstore.Preparer

// runner runs statements: see sqlstore.Runner.
type runner struct{ db *DB }

// Check prepares the statement on the connection for changes.
func (r runner) Check(ctx context.Context, text string) error {
	if err := r.db.inFlight.Begin(); err != nil {
		return err
	}
	defer r.db.inFlight.End()
	stmt, err := r.db.write.conn.PrepareContext(ctx, text)
	if err != nil {
		return withCode(err)
	}
	defer stmt.Close() //nolint:errcheck // it was not run
	return nil
}

// Exec runs a change in the transaction of ctx.
func (r runner) Exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	p := r.db.partOf(ctx)
	if p == nil {
		return 0, kit.Errorf(kit.Internal, "a change outside of a transaction: %s", text)
	}
	err = runIn(ctx, p, func() (err error) {
		changed, err = encoding.Exec(context.Background(), r.db.write.conn, text, args)
		return err
	})
	return changed, err
}

// Apply runs a change in a transaction.
func (r runner) Apply(ctx context.Context, text string, args []any) (changed int64, err error) {
	return r.Change(ctx, text, nil, args)
}

// Change runs a change in a transaction, and keeps the events.
func (r runner) Change(ctx context.Context, text string, events []kit.Event, args []any) (changed int64, err error) {
	err = r.db.Within(ctx, func(ctx context.Context) error {
		changed, err = r.Exec(ctx, text, args)
		if err != nil || changed == 0 {
			return err
		}
		for _, arg := range args {
			if k, ok := arg.(interface { // by statements of its own
				Keep(ctx context.Context, r sqlstore.Runner) error
			}); ok {
				if err := k.Keep(ctx, r); err != nil {
					return err
				}
			}
		}
		return r.db.Emit(ctx, events...)
	})
	return changed, err
}

// Query reads until ctx ends; but in a transaction to the end, since cutting it off would
// end the transaction, and with it those of others.
func (r runner) Query(ctx context.Context, text string, args []any, use func(sqlstore.Rows) error) error {
	if p := r.db.partOf(ctx); p != nil {
		return runIn(ctx, p, func() error {
			return encoding.Query(context.Background(), r.db.write.conn, text, args, use)
		})
	}
	if err := r.db.inFlight.Begin(); err != nil {
		return err
	}
	defer r.db.inFlight.End()
	return withCode(encoding.Query(ctx, r.db.read, text, args, use))
}

// encoding is how SQLite keeps what databases keep differently: UUIDs as 16 bytes, and
// times as microseconds since 1970.
var encoding = sqlstore.Encoding{
	UUID: func(id kit.UUID) driver.Value { return id[:] },
	Time: func(t time.Time) driver.Value { return t.UnixMicro() },
}

// Scanner copies the columns of a row, in order, to what dest points to: a bool, a
// number, a string, a []byte, a kit.UUID, a time.Time, a type derived from one of
// these, a pointer to one for a column that may be NULL, an sql.Scanner, or an
// encoding.TextUnmarshaler.
type Scanner = sqlstore.Scanner

// Table keeps entities of type T, whose keys are of type K. Its methods Insert, Get,
// Update, Delete and List do what a store port promises. Find, Count, Exists and Scan
// serve methods of other queries.
type Table[T any, K comparable] = sqlstore.Table[T, K]

// Mapping says how entities are kept in a table: their columns, and the statements.
type Mapping[T any, K comparable] = sqlstore.Mapping[T, K]

// NewTable prepares the statements of a table.
func NewTable[T any, K comparable](ctx context.Context, db *DB, m Mapping[T, K]) (*Table[T, K], error) {
	return sqlstore.NewTable(ctx, db.preparer, &m, db.Statement(m.Insert))
}

// JSON returns a column that holds a value as JSON, for use as an argument of a
// statement and as a destination of Scan. NULL stands for a nil slice or map.
func JSON[T any](value *T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return sqlstore.JSON(value, write, read)
}

// OptionalJSON is JSON for a pointer: NULL stands for nil.
func OptionalJSON[T any](value **T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return sqlstore.OptionalJSON(value, write, read)
}
