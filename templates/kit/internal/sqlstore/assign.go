package sqlstore

import (
	"database/sql"
	"database/sql/driver"
	"encoding"
	"reflect"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Assign copies the value of a column to what dest points to: what Encoding.Value
// takes, or an any. NULL can only be read into a pointer, a []byte or an any. A []byte
// is not copied.
func Assign(dest any, src driver.Value) error {
	switch to := dest.(type) {
	case *string:
		return assignString(to, src)
	case *int64:
		return assign(to, src)
	case *kit.UUID:
		return assignUUID(to, src)
	case *time.Time:
		return assignTime(to, src)
	case *bool:
		return assignBool(to, src)
	case *float64:
		return assign(to, src)
	case *[]byte:
		return assignBytes(to, src)
	case **string:
		return assignOptional(to, src)
	case **int64:
		return assignOptional(to, src)
	case sql.Scanner:
		return to.Scan(src)
	case *any:
		*to = src
		return nil
	case encoding.TextUnmarshaler:
		var text string
		if err := assignString(&text, src); err != nil {
			return err
		}
		return to.UnmarshalText([]byte(text))
	}
	return assignByKind(dest, src)
}

func mismatch(dest any, src driver.Value) error {
	if src == nil {
		return kit.Errorf(kit.Internal, "the column is NULL, which a %T cannot hold", dest)
	}
	return kit.Errorf(kit.Internal, "the column holds %v, a %T, which a %T cannot hold", src, src, dest)
}

func assign[T any](to *T, src driver.Value) error {
	v, ok := src.(T)
	if !ok {
		return mismatch(to, src)
	}
	*to = v
	return nil
}

func assignOptional[T any](to **T, src driver.Value) error {
	if src == nil {
		*to = nil
		return nil
	}
	*to = new(T)
	return Assign(*to, src)
}

func assignString(to *string, src driver.Value) error {
	switch v := src.(type) {
	case string:
		*to = v
	case []byte:
		*to = string(v)
	default:
		return mismatch(to, src)
	}
	return nil
}

func assignBytes(to *[]byte, src driver.Value) error {
	switch v := src.(type) {
	case nil:
		*to = nil
	case []byte:
		*to = v
	case string:
		*to = []byte(v)
	default:
		return mismatch(to, src)
	}
	return nil
}

// assignBool takes the 0 and 1 that SQLite has for false and true.
func assignBool(to *bool, src driver.Value) error {
	switch v := src.(type) {
	case bool:
		*to = v
		return nil
	case int64:
		if v == 0 || v == 1 {
			*to = v == 1
			return nil
		}
	}
	return mismatch(to, src)
}

// assignUUID takes the 16 bytes or the text of a UUID.
func assignUUID(to *kit.UUID, src driver.Value) error {
	switch v := src.(type) {
	case []byte:
		if len(v) == len(to) {
			*to = kit.UUID(v)
			return nil
		}
		return to.UnmarshalText(v)
	case string:
		return to.UnmarshalText([]byte(v))
	}
	return mismatch(to, src)
}

// assignTime takes a time, or microseconds since 1970.
func assignTime(to *time.Time, src driver.Value) error {
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

// assignByKind is Assign for less common types.
func assignByKind(dest any, src driver.Value) error {
	pointer := reflect.ValueOf(dest)
	if pointer.Kind() != reflect.Pointer || pointer.IsNil() {
		return kit.Errorf(kit.Internal, "a column can only be scanned into a pointer, not into a %T", dest)
	}
	to := pointer.Elem()
	switch to.Kind() {
	case reflect.Pointer:
		return assignPointer(to, src)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if n, ok := src.(int64); ok && !to.OverflowInt(n) {
			to.SetInt(n)
			return nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if n, ok := src.(int64); ok && !to.OverflowUint(uint64(n)) {
			to.SetUint(uint64(n))
			return nil
		}
	case reflect.Float32, reflect.Float64:
		if f, ok := src.(float64); ok {
			to.SetFloat(f)
			return nil
		}
	case reflect.Bool:
		return assignAs[bool](to, src)
	case reflect.String:
		return assignAs[string](to, src)
	case reflect.Slice:
		if to.Type().Elem().Kind() == reflect.Uint8 {
			return assignAs[[]byte](to, src)
		}
	}
	return mismatch(dest, src)
}

// assignPointer makes the pointer nil for NULL, and otherwise reads what it points to.
func assignPointer(to reflect.Value, src driver.Value) error {
	if src == nil {
		to.SetZero()
		return nil
	}
	v := reflect.New(to.Type().Elem())
	if err := Assign(v.Interface(), src); err != nil {
		return err
	}
	to.Set(v)
	return nil
}

// assignAs reads a value of the type from which that of to is derived.
func assignAs[T any](to reflect.Value, src driver.Value) error {
	var v T
	if err := Assign(&v, src); err != nil {
		return err
	}
	to.Set(reflect.ValueOf(v).Convert(to.Type()))
	return nil
}
