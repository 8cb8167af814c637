package jsoncodec

import (
	"encoding"
	"encoding/base64"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// AppendString appends a string. Invalid UTF-8 is replaced by U+FFFD.
func AppendString[T ~string](b []byte, v T) []byte {
	b, _ = jsontext.AppendQuote(b, v) // the error says that something was replaced
	return b
}

// AppendBool appends true or false.
func AppendBool[T ~bool](b []byte, v T) []byte { return strconv.AppendBool(b, bool(v)) }

// AppendInt appends a whole number.
func AppendInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](b []byte, v T) []byte {
	return strconv.AppendInt(b, int64(v), 10)
}

// AppendUint appends a whole number.
func AppendUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](b []byte, v T) []byte {
	return strconv.AppendUint(b, uint64(v), 10)
}

// AppendFloat appends a number in the fewest digits that represent it exactly, and
// "NaN", "Infinity" or "-Infinity" as a string.
func AppendFloat[T ~float32 | ~float64](b []byte, v T) []byte {
	f := float64(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return AppendString(b, jsontext.Float(f).String())
	}
	return jsontext.AppendFloat(b, f, reflect.TypeFor[T]().Bits())
}

// AppendUUID appends a UUID.
func AppendUUID[T ~[16]byte](b []byte, v T) []byte {
	b, _ = kit.UUID(v).AppendText(append(b, '"')) // never fails
	return append(b, '"')
}

// AppendTime appends a time in UTC, truncated to microseconds.
func AppendTime(b []byte, v time.Time) []byte {
	b = v.UTC().Truncate(time.Microsecond).AppendFormat(append(b, '"'), time.RFC3339Nano)
	return append(b, '"')
}

// AppendDuration appends a duration.
func AppendDuration(b []byte, v time.Duration) []byte { return AppendString(b, v.String()) }

// AppendBytes appends bytes in base64, or null for nil.
func AppendBytes[T ~[]byte](b []byte, v T) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// AppendText appends the result of MarshalText as a string. It panics if MarshalText
// fails, since the domain should not allow such a value.
func AppendText[T any, P interface {
	*T
	encoding.TextMarshaler
}](b []byte, v T) []byte {
	text, err := P(&v).MarshalText()
	if err != nil {
		panic(kit.Wrap(kit.Internal, err, "cannot marshal a value as text"))
	}
	return AppendString(b, string(text))
}

// AppendOptional appends a value, or null for nil.
func AppendOptional[T any](b []byte, v *T, app func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return app(b, *v)
}

// AppendList appends a list, or null for nil.
func AppendList[T any](b []byte, v []T, app func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, element := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = app(b, element)
	}
	return append(b, ']')
}

// AppendMap appends a map as an object, sorted by key, or null for nil.
func AppendMap[K ~string, V any](b []byte, v map[K]V, app func([]byte, V) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(v)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(AppendString(b, key), ':')
		b = app(b, v[key])
	}
	return append(b, '}')
}

// AppendListing appends a page of a list. The last page has no member next.
func AppendListing[T any](b []byte, v kit.Listing[T], app func([]byte, T) []byte) []byte {
	items := v.Items
	if items == nil {
		items = []T{} // rather than null
	}
	b = AppendList(append(b, `{"items":`...), items, app)
	if !v.Next.IsZero() {
		b = AppendString(append(b, `,"next":`...), v.Next)
	}
	return append(b, '}')
}

// AsEvent returns the result of decoding an event; Invalid if that failed with err.
func AsEvent(e kit.Event, err error) (kit.Event, error) {
	if err != nil {
		return nil, kit.Wrap(kit.Invalid, err, "invalid payload for topic "+e.Topic())
	}
	return e, nil
}
