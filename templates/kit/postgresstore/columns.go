package postgresstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// What follows translates between fields and columns where the driver alone does
// not: UUIDs are of type uuid, times timestamptz, integers of all kinds bigint,
// what writes itself as text is text, and lists, maps and structs are of type json.
// That one keeps the very text that it is given, while jsonb refuses \u0000 and
// writes numbers in its own way.

// errColumn tells of a column that holds what it cannot.
func errColumn(what string, src any) error {
	return kit.Errorf(kit.Internal, "%s is kept as %T", what, src)
}

type uuidColumn kit.UUID

// Scan reads the text form, which is what the driver makes of a UUID.
func (c *uuidColumn) Scan(src any) error {
	b, ok := src.([]byte)
	if !ok {
		return errColumn("a UUID", src)
	}
	return (*kit.UUID)(c).UnmarshalText(b)
}

func ofUUID(id kit.UUID) any { return id.String() }

func toUUID(to *kit.UUID) sql.Scanner { return (*uuidColumn)(to) }

type timeColumn time.Time

// Scan reads a time of microseconds.
func (c *timeColumn) Scan(src any) error {
	t, ok := src.(time.Time)
	if !ok {
		return errColumn("a time", src)
	}
	*c = timeColumn(t.UTC())
	return nil
}

// ofTime leaves out what is less than a microsecond, which the server would round.
func ofTime(t time.Time) any { return time.UnixMicro(t.UnixMicro()).UTC() }

func toTime(to *time.Time) sql.Scanner { return (*timeColumn)(to) }

// anyInteger is any type of integers.
type anyInteger interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

type intColumn[T anyInteger] struct{ to *T }

// Scan reads an integer that the field has room for.
func (c intColumn[T]) Scan(src any) error {
	n, ok := src.(int64)
	if !ok || int64(T(n)) != n {
		return kit.Errorf(kit.Internal, "%v of %T is no %T", src, src, *c.to)
	}
	*c.to = T(n)
	return nil
}

// ofInt keeps the 64 bits of n. The greater half of unsigned ones is kept as
// negative numbers.
func ofInt[T anyInteger](n T) any { return int64(n) }

func toInt[T anyInteger](to *T) sql.Scanner { return intColumn[T]{to} }

type textColumn struct{ to encoding.TextUnmarshaler }

// Scan reads the text that the value wrote.
func (c textColumn) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return errColumn("a text", src)
	}
	return c.to.UnmarshalText([]byte(text))
}

type textValue struct{ of encoding.TextMarshaler }

// Value returns the text that the value writes.
func (v textValue) Value() (driver.Value, error) {
	text, err := v.of.MarshalText()
	return string(text), err
}

func ofText[T encoding.TextMarshaler](v T) any { return textValue{v} }

// unmarshaler is a pointer to T that reads text.
type unmarshaler[T any] interface {
	*T
	encoding.TextUnmarshaler
}

func toText[T any, P unmarshaler[T]](to *T) sql.Scanner { return textColumn{P(to)} }

type jsonColumn[T any] struct {
	to   *T
	read func([]byte) (T, error)
}

// Scan reads JSON with the function; NULL is the zero value.
func (c jsonColumn[T]) Scan(src any) (err error) {
	switch text := src.(type) {
	case nil:
		var absent T
		*c.to = absent
	case []byte:
		*c.to, err = c.read(slices.Clone(text)) // the driver uses it again
	default:
		err = errColumn("JSON", src)
	}
	return err
}

func ofJSON[T any](v T, write func([]byte, T) []byte) any { return string(write(nil, v)) }

// ofList is ofJSON, with NULL for nil.
func ofList[T ~[]E, E any](v T, write func([]byte, T) []byte) any {
	if v == nil {
		return nil
	}
	return ofJSON(v, write)
}

// ofMap is ofJSON, with NULL for nil.
func ofMap[T ~map[K]E, K comparable, E any](v T, write func([]byte, T) []byte) any {
	if v == nil {
		return nil
	}
	return ofJSON(v, write)
}

func toJSON[T any](to *T, read func([]byte) (T, error)) sql.Scanner { return jsonColumn[T]{to, read} }

// writeJSON and readJSON are ofJSON and toJSON of a function, for ofOptional and
// toOptional.
func writeJSON[T any](write func([]byte, T) []byte) func(T) any {
	return func(v T) any { return ofJSON(v, write) }
}

func readJSON[T any](read func([]byte) (T, error)) func(*T) sql.Scanner {
	return func(to *T) sql.Scanner { return toJSON(to, read) }
}

type optionalColumn[T any] struct {
	to   **T
	read func(*T) sql.Scanner
}

// Scan makes nil of NULL, and reads anything else with the function.
func (c optionalColumn[T]) Scan(src any) error {
	if src == nil {
		*c.to = nil
		return nil
	}
	v := new(T)
	*c.to = v
	return c.read(v).Scan(src)
}

// ofOptional returns NULL for nil, and what the function makes of anything else.
func ofOptional[T any](v *T, of func(T) any) any {
	if v == nil {
		return nil
	}
	return of(*v)
}

func toOptional[T any](to **T, read func(*T) sql.Scanner) sql.Scanner {
	return optionalColumn[T]{to, read}
}

// readPage runs a statement whose last parameter is a limit, and makes a page of
// the rows. It reads one more than the page has, to know whether there is a next.
func readPage[E any](ctx context.Context, run *Statement, limit int, scan func(Scanner, *E) error, id func(E) kit.UUID, args ...any) (kit.Listing[E], error) {
	limit = max(limit, 1)
	items := make([]E, 0, min(limit+1, 256))
	err := run.Rows(ctx, func(row Scanner) error {
		var item E
		err := scan(row, &item)
		items = append(items, item)
		return err
	}, append(args, limit+1)...)
	if err != nil {
		return kit.Listing[E]{}, err
	}
	return kit.Trim(items, limit, id), nil
}
