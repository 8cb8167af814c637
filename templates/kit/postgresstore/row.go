package postgresstore

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// resultRow is the current row of a result.
type resultRow struct{ *sql.Rows }

// Scan copies the columns of the row to what dest points to.
func (r resultRow) Scan(dest ...any) error {
	wrapped := make([]any, len(dest))
	for i, to := range dest {
		wrapped[i] = destination(to)
	}
	return r.Rows.Scan(wrapped...)
}

// destination returns a destination that package sql copies to as sqlstore.Assign
// does. The common types it copies to faster.
func destination(dest any) any {
	switch to := dest.(type) {
	case *string, *int64, *float64, *bool, *[]byte, sql.Scanner:
		return dest
	case *kit.UUID:
		return (*uuidDestination)(to)
	case *time.Time:
		return (*timeDestination)(to)
	}
	return otherDestination{dest}
}

type uuidDestination kit.UUID

// Scan reads a UUID: see sql.Scanner.
func (d *uuidDestination) Scan(src any) error { return sqlstore.Assign((*kit.UUID)(d), src) }

type timeDestination time.Time

// Scan reads a time: see sql.Scanner.
func (d *timeDestination) Scan(src any) error { return sqlstore.Assign((*time.Time)(d), src) }

type otherDestination struct{ to any }

// Scan reads a value of the other types: see sql.Scanner.
func (d otherDestination) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		src = bytes.Clone(b) // the driver uses it again
	}
	return sqlstore.Assign(d.to, src)
}

// execute runs a statement and returns how many rows it changed.
func execute(ctx context.Context, conn *sql.Conn, text string, args []any) (int64, error) {
	values, err := encoding.Values(args)
	if err != nil {
		return 0, err
	}
	result, err := conn.ExecContext(ctx, text, values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// consumeRows runs a statement and passes its result to use.
func consumeRows(ctx context.Context, conn *sql.Conn, text string, args []any, use func(resultRow) error) error {
	values, err := encoding.Values(args)
	if err != nil {
		return err
	}
	rows, err := conn.QueryContext(ctx, text, values...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below tells of what went wrong
	if err := use(resultRow{rows}); err != nil {
		return err
	}
	return rows.Err()
}
