package sqlite

import (
	"database/sql"
	"encoding"
	"fmt"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// What follows translates between fields and columns where the driver alone does
// not: UUIDs are 16 bytes, times microseconds since 1970, and values that write
// themselves as text are text, as are lists, maps and structs, which are JSON.

// column is a sql.Scanner of a function.
type column func(src any) error

// Scan copies the value of a column.
func (c column) Scan(src any) error { return c(src) }

func toUUID(to *domain.UUID) sql.Scanner {
	return column(func(src any) error {
		b, ok := src.([]byte)
		if !ok {
			return fmt.Errorf("a UUID is kept as %T", src)
		}
		id, err := uuidOf(b)
		*to = id
		return err
	})
}

func toTime(to *time.Time) sql.Scanner {
	return column(func(src any) error {
		micros, ok := src.(int64)
		if !ok {
			return fmt.Errorf("a time is kept as %T", src)
		}
		*to = timeOf(micros)
		return nil
	})
}

func toText(to encoding.TextUnmarshaler) sql.Scanner {
	return column(func(src any) error {
		switch text := src.(type) {
		case string:
			return to.UnmarshalText([]byte(text))
		case []byte:
			return to.UnmarshalText(text)
		}
		return fmt.Errorf("a text is kept as %T", src)
	})
}

// toJSON reads a column with the function; NULL is the zero value.
func toJSON[T any](to *T, read func([]byte) (T, error)) sql.Scanner {
	return column(func(src any) (err error) {
		switch text := src.(type) {
		case nil:
			var zero T
			*to = zero
		case string:
			*to, err = read([]byte(text))
		case []byte:
			*to, err = read(text)
		default:
			err = fmt.Errorf("JSON is kept as %T", src)
		}
		return err
	})
}

// toOptional makes nil of NULL, and reads anything else with the function.
func toOptional[T any](to **T, read func(*T) sql.Scanner) sql.Scanner {
	return column(func(src any) error {
		*to = nil
		if src == nil {
			return nil
		}
		v := new(T)
		*to = v
		return read(v).Scan(src)
	})
}

// optional returns NULL for nil, and what the function makes of anything else.
func optional[T any](v *T, of func(T) any) any {
	if v == nil {
		return nil
	}
	return of(*v)
}

func ofUUID(id domain.UUID) any { return id[:] }

func ofTime(t time.Time) any { return microsOf(t) }

// ofText returns a value as the text that it writes. What cannot be written is
// kept as nothing at all, which the column refuses.
func ofText[T encoding.TextMarshaler](v T) any {
	text, err := v.MarshalText()
	if err != nil {
		return nil
	}
	return string(text)
}

// ofJSON returns NULL for what is absent, and otherwise the value as the function
// appends it.
func ofJSON[T any](absent bool, write func([]byte, T) []byte, v T) any {
	if absent {
		return nil
	}
	return string(write(nil, v))
}
