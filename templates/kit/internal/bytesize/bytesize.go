// Package bytesize tells how much memory values hold.
package bytesize

import (
	"reflect"
	"time"
)

// Of returns about how many bytes a value holds: those of its texts, lists and maps, and
// of what they have in them.
func Of(value any) int { return of(reflect.ValueOf(value)) }

func of(v reflect.Value) (n int) {
	if !v.IsValid() || v.Type() == reflect.TypeFor[time.Time]() { // whose location is shared
		return 0
	}
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			n = int(v.Elem().Type().Size()) + of(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			n += of(v.Field(i))
		}
	case reflect.Slice:
		n = v.Len() * int(v.Type().Elem().Size())
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				n += of(v.Index(i))
			}
		}
	case reflect.Map:
		n = v.Len() * int(v.Type().Key().Size()+v.Type().Elem().Size())
		for each := v.MapRange(); each.Next(); {
			n += of(each.Key()) + of(each.Value())
		}
	}
	return n
}
