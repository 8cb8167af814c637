package sqlitestore

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

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
type Table[T any, K ~[16]byte] = sqlstore.Table[T, K]

// Mapping says how entities are kept in a table: their columns, and the statements.
type Mapping[T any, K ~[16]byte] = sqlstore.Mapping[T, K]

// NewTable prepares the statements of a table.
func NewTable[T any, K ~[16]byte](ctx context.Context, db *DB, m Mapping[T, K]) (*Table[T, K], error) {
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
