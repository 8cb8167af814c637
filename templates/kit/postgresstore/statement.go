package postgresstore

import (
	"cmp"
	"context"
	"database/sql"
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

// runner runs statements, on the connections of two pools: see sqlstore.Runner.
type runner struct {
	db             *DB
	changes, reads *sql.DB
}

// Check prepares the statement on one connection, and tries whether the user may run it.
func (r runner) Check(ctx context.Context, text string) error {
	err := r.db.with(ctx, r.db.changes, func(ctx context.Context, conn *sql.Conn) error {
		return conn.Raw(func(c any) error {
			_, err := c.(*serverConn).prepared(ctx, text)
			return cmp.Or(err, c.(*serverConn).permitted(ctx, text))
		})
	})
	return r.db.withRight(ctx, err)
}

// Exec runs a change in the transaction of ctx.
func (r runner) Exec(ctx context.Context, text string, args []any) (changed int64, err error) {
	p := r.db.partOf(ctx)
	if p == nil {
		return 0, kit.Errorf(kit.Internal, "a change outside of a transaction: %s", text)
	}
	err = runIn(ctx, p, changing(&changed, text, args))
	return changed, err
}

// Apply runs a change outside of a transaction in one round trip. The statement must be
// one that fails for no reason of its own: a transaction of ctx would fail with it.
func (r runner) Apply(ctx context.Context, text string, args []any) (changed int64, err error) {
	if r.db.partOf(ctx) != nil {
		return r.Exec(ctx, text, args)
	}
	err = r.db.autocommit(ctx, r.changes, changing(&changed, text, args))
	return changed, err
}

// changing returns the work to run a change, and to count the rows that it changed.
func changing(changed *int64, text string, args []any) work {
	return func(ctx context.Context, conn *sql.Conn) (err error) {
		*changed, err = encoding.Exec(ctx, conn, text, args)
		return err
	}
}

// Query reads on a connection that cannot change anything, unless in a transaction.
func (r runner) Query(ctx context.Context, text string, args []any, use func(sqlstore.Rows) error) error {
	begun := false
	read := func(ctx context.Context, conn *sql.Conn) error {
		return encoding.Query(ctx, conn, text, args, func(rows sqlstore.Rows) error {
			begun = true
			return use(rows)
		})
	}
	if p := r.db.partOf(ctx); p != nil {
		return runIn(ctx, p, read)
	}
	return r.db.repeat(ctx, func() (again bool, err error) {
		err = r.db.with(ctx, r.reads, read)
		return !begun && hadNoEffect(err), err
	})
}

// encoding is how Postgres keeps what databases keep differently: UUIDs are of the type
// uuid, and times of the type timestamptz. What is less than a microsecond is left out:
// the server would round it.
var encoding = sqlstore.Encoding{
	UUID: func(id kit.UUID) driver.Value { return id.String() },
	Time: func(t time.Time) driver.Value { return time.UnixMicro(t.UnixMicro()).UTC() },
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
	if m.InsertMany == "" {
		return sqlstore.NewTable(ctx, db.preparer, &m, db.Statement(m.Insert))
	}
	return sqlstore.NewTable(ctx, db.preparer, &m, &insertBatcher{db: db, one: m.Insert, many: m.InsertMany})
}

// JSON returns a column that holds a value as JSON, for use as an argument of a
// statement and as a destination of Scan. NULL stands for a nil slice or map. The
// column is of the type json: jsonb would refuse \u0000, and write numbers differently.
func JSON[T any](value *T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return sqlstore.JSON(value, write, read)
}

// OptionalJSON is JSON for a pointer: NULL stands for nil.
func OptionalJSON[T any](value **T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return sqlstore.OptionalJSON(value, write, read)
}
