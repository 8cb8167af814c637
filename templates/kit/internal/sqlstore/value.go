package sqlstore

import (
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
	case reflect.Uint, reflect.Uint64:
		return int64(v.Uint()), nil // the 64 bits: large numbers are kept as negative ones
	}
	value, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return nil, kit.Errorf(kit.Internal, "no column can hold a %s", v.Type())
	}
	return value, nil
}
