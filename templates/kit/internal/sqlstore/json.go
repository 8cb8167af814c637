package sqlstore

import (
	"database/sql/driver"
	"reflect"
	"slices"
)

// JSON returns a column that holds the value as JSON, for use as an argument and as
// a destination of Scan. NULL stands for the zero value, and for a nil slice or map.
func JSON[T any](value *T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return jsonColumn[T]{value, write, read}
}

// OptionalJSON is JSON for a pointer: NULL stands for nil.
func OptionalJSON[T any](value **T, write func([]byte, T) []byte, read func([]byte) (T, error)) any {
	return JSON(value,
		func(b []byte, v *T) []byte { return write(b, *v) },
		func(b []byte) (*T, error) {
			v, err := read(b)
			return &v, err
		})
}

type jsonColumn[T any] struct {
	value *T
	write func([]byte, T) []byte
	read  func([]byte) (T, error)
}

// Value returns the JSON: see driver.Valuer.
func (c jsonColumn[T]) Value() (driver.Value, error) {
	switch v := reflect.ValueOf(c.value).Elem(); v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
	}
	return string(c.write(nil, *c.value)), nil
}

// Scan reads the JSON: see sql.Scanner.
func (c jsonColumn[T]) Scan(src any) (err error) {
	switch text := src.(type) {
	case nil:
		var zero T
		*c.value = zero
	case string:
		*c.value, err = c.read([]byte(text))
	case []byte:
		*c.value, err = c.read(slices.Clone(text)) // the driver uses it again
	default:
		err = mismatch(c.value, src)
	}
	return err
}
