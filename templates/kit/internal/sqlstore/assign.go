package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"reflect"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// destination returns what package sql can copy a column to, for a pointer to what
// Encoding.Value takes: the pointer itself, or an sql.Scanner for the types that
// package sql does not know.
func destination(dest any) any {
	switch to := dest.(type) {
	case *string, *int64, *float64, *bool, *[]byte, **string, **int64, sql.Scanner:
		return dest
	case *kit.UUID:
		return (*uuidColumn)(to)
	case *time.Time:
		return (*timeColumn)(to)
	case encoding.TextUnmarshaler:
		return textColumn{to}
	}
	to := reflect.ValueOf(dest)
	if to.Kind() != reflect.Pointer || to.IsNil() {
		return dest // package sql has an error for this
	}
	switch to = to.Elem(); to.Kind() {
	case reflect.Bool: // of a named type: package sql knows a number only for the plain one
		return to.Addr().Convert(reflect.TypeFor[*bool]()).Interface()
	case reflect.Uint, reflect.Uint64:
		return uintColumn{to}
	case reflect.Array:
		if id := reflect.TypeFor[*kit.UUID](); to.Addr().CanConvert(id) {
			return destination(to.Addr().Convert(id).Interface())
		}
	case reflect.Pointer:
		if _, ok := destination(reflect.New(to.Type().Elem()).Interface()).(sql.Scanner); ok {
			return pointerColumn{to}
		}
	}
	return dest
}

func mismatch(dest any, src driver.Value) error {
	if src == nil {
		return kit.Errorf(kit.Internal, "the column is NULL, which a %T cannot hold", dest)
	}
	return kit.Errorf(kit.Internal, "the column holds %v, a %T, which a %T cannot hold", src, src, dest)
}

// uuidColumn reads the 16 bytes or the text of a UUID.
type uuidColumn kit.UUID

// Scan reads a column: see sql.Scanner.
func (c *uuidColumn) Scan(src any) error {
	to := (*kit.UUID)(c)
	if b, ok := src.([]byte); ok && len(b) == len(to) {
		*to = kit.UUID(b)
		return nil
	}
	return textColumn{to}.Scan(src)
}

// timeColumn reads a time, or microseconds since 1970.
type timeColumn time.Time

// Scan reads a column: see sql.Scanner.
func (c *timeColumn) Scan(src any) error {
	to := (*time.Time)(c)
	switch v := src.(type) {
	case time.Time:
		*to = v.UTC()
	case int64:
		*to = time.UnixMicro(v).UTC()
	default:
		return mismatch(to, src)
	}
	return nil
}

// textColumn reads a type that has a text.
type textColumn struct{ to encoding.TextUnmarshaler }

// Scan reads a column: see sql.Scanner.
func (c textColumn) Scan(src any) error {
	switch v := src.(type) {
	case string:
		return c.to.UnmarshalText([]byte(v))
	case []byte:
		return c.to.UnmarshalText(v)
	}
	return mismatch(c.to, src)
}

// uintColumn reads 64 bits, which are kept as an int64.
type uintColumn struct{ to reflect.Value }

// Scan reads a column: see sql.Scanner.
func (c uintColumn) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return mismatch(c.to.Addr().Interface(), src)
	}
	c.to.SetUint(uint64(n))
	return nil
}

// pointerColumn reads what a pointer points to; the pointer is nil for NULL.
type pointerColumn struct{ to reflect.Value }

// Scan reads a column: see sql.Scanner.
func (c pointerColumn) Scan(src any) error {
	if src == nil {
		c.to.SetZero()
		return nil
	}
	v := reflect.New(c.to.Type().Elem())
	if err := destination(v.Interface()).(sql.Scanner).Scan(src); err != nil {
		return err
	}
	c.to.Set(v)
	return nil
}
