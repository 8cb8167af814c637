package kit

import (
	"encoding"
	"fmt"
	"reflect"
)

// Cursor is the key of an entity as text, after which a page of a list begins. The zero
// Cursor comes before all entities.
type Cursor string

// IsZero reports whether c comes before all entities.
func (c Cursor) IsZero() bool { return c == "" }

// CursorOf returns a key as text. A key is a UUID, a string, an int64, of a type that is
// declared from one of them, or of a type that has a text: by MarshalText, or else by String.
// The text of a number has 19 digits, so that texts are in the order of the numbers.
func CursorOf[K comparable](key K) Cursor {
	switch k := any(&key).(type) {
	case *UUID:
		return Cursor(k.String())
	case *string:
		return Cursor(*k)
	case encoding.TextMarshaler:
		text, _ := k.MarshalText() // without a text it is no key, which the stores refuse
		return Cursor(text)
	}
	switch v := reflect.ValueOf(key); v.Kind() {
	case reflect.String:
		return Cursor(v.String())
	case reflect.Int64:
		return Cursor(fmt.Sprintf("%019d", v.Int()))
	case reflect.Array:
		return CursorOf(v.Convert(reflect.TypeFor[UUID]()).Interface().(UUID))
	}
	return Cursor(fmt.Sprint(&key))
}
