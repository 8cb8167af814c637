package sqlstore

import (
	"context"
	"database/sql"
)

// Querier runs statements: a connection, or a pool of them.
type Querier interface {
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error)
}

// Exec runs a statement and returns how many rows it changed.
func (e *Encoding) Exec(ctx context.Context, q Querier, text string, args []any) (int64, error) {
	values, err := e.Values(args)
	if err != nil {
		return 0, err
	}
	result, err := q.ExecContext(ctx, text, values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Query runs a statement and passes its result to use.
func (e *Encoding) Query(ctx context.Context, q Querier, text string, args []any, use func(Rows) error) error {
	values, err := e.Values(args)
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, text, values...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below reports what went wrong
	if err := use(Rows{rows}); err != nil {
		return err
	}
	return rows.Err()
}

// Rows is a result, which is read row by row.
type Rows struct{ *sql.Rows }

// Scan copies the columns of the current row to what dest points to.
func (r Rows) Scan(dest ...any) error {
	wrapped := make([]any, len(dest))
	for i, to := range dest {
		wrapped[i] = destination(to)
	}
	return r.Rows.Scan(wrapped...)
}
