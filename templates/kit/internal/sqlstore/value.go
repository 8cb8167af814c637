package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"fmt"
	"reflect"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Encoding says how a database keeps the two types that databases keep differently.
type Encoding struct {
	UUID func(kit.UUID) driver.Value
	Time func(time.Time) driver.Value
}

// Value returns what an argument is kept as. The argument is a value, or a pointer to
// one, nil being NULL: a bool, a number, a string, a []byte, a kit.UUID, a time.Time,
// a type derived from one of these, a driver.Valuer or an encoding.TextMarshaler.
func (e *Encoding) Value(arg any) (driver.Value, error) {
	switch v := arg.(type) {
	case nil, bool, int64, float64, string, []byte:
		return v, nil
	case kit.UUID:
		return e.UUID(v), nil
	case time.Time:
		return e.Time(v), nil
	}
	return e.other(arg)
}

// Values returns what the arguments are kept as.
func (e *Encoding) Values(args []any) ([]any, error) {
	values := make([]any, len(args))
	for i, arg := range args {
		v, err := e.Value(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		values[i] = v
	}
	return values, nil
}

// other is Value for less common types.
func (e *Encoding) other(arg any) (driver.Value, error) {
	v := reflect.ValueOf(arg)
	if v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, nil
	}
	switch arg := arg.(type) {
	case *kit.UUID, *time.Time: // which have a text as well
		return e.Value(v.Elem().Interface())
	case driver.Valuer:
		return arg.Value()
	case encoding.TextMarshaler:
		text, err := arg.MarshalText()
		return string(text), err
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.Value(v.Elem().Interface())
	case reflect.Array:
		if v.CanConvert(reflect.TypeFor[kit.UUID]()) {
			return e.UUID(v.Convert(reflect.TypeFor[kit.UUID]()).Interface().(kit.UUID)), nil
		}
	case reflect.Uint, reflect.Uint64:
		return int64(v.Uint()), nil // the 64 bits: large numbers are kept as negative ones
	}
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, kit.Errorf(kit.Internal, "no column can hold a %s", v.Type())
	}
	return value, nil
}

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
		if g, ok := to.(interface {
			Gather(r Rows, dest []any) error
		}); ok { // of this row and those after it
			return g.Gather(r, dest)
		}
		wrapped[i] = destination(to)
	}
	return r.Rows.Scan(wrapped...)
}
