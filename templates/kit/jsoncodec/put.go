package jsoncodec

import (
	"encoding"
	"encoding/base64"
	"math"
	"reflect"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// putString appends a string. What is not UTF-8 in it becomes U+FFFD.
func putString[T ~string](b []byte, v T) []byte { return putQuoted(b, string(v)) }

func putQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	begin := 0
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == '"' || c == '\\' {
				b = putEscape(append(b, s[begin:i]...), c)
				begin = i + 1
			}
			i++
			continue
		}
		char, size := utf8.DecodeRuneInString(s[i:])
		if char == utf8.RuneError && size == 1 {
			b = utf8.AppendRune(append(b, s[begin:i]...), utf8.RuneError)
			begin = i + 1
		}
		i += size
	}
	b = append(b, s[begin:]...)
	return append(b, '"')
}

func putEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, '\\', 'n')
	case '\r':
		return append(b, '\\', 'r')
	case '\t':
		return append(b, '\\', 't')
	}
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
}

// putBool appends true or false.
func putBool[T ~bool](b []byte, v T) []byte { return strconv.AppendBool(b, bool(v)) }

// putInt appends a whole number.
func putInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](b []byte, v T) []byte {
	return strconv.AppendInt(b, int64(v), 10)
}

// putUint appends a whole number.
func putUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](b []byte, v T) []byte {
	return strconv.AppendUint(b, uint64(v), 10)
}

// putFloat appends a number in the fewest digits that give it back. What JSON
// has no numbers for is written as a string.
func putFloat[T ~float32 | ~float64](b []byte, v T) []byte {
	f := float64(v)
	switch {
	case math.IsNaN(f):
		return append(b, `"NaN"`...)
	case math.IsInf(f, 1):
		return append(b, `"Infinity"`...)
	case math.IsInf(f, -1):
		return append(b, `"-Infinity"`...)
	}
	form := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, f, form, -1, reflect.TypeFor[T]().Bits())
}

// putUUID appends a UUID.
func putUUID(b []byte, v kit.UUID) []byte {
	b, _ = v.AppendText(append(b, '"')) // it never fails
	return append(b, '"')
}

// putTime appends a time in UTC to the microsecond.
func putTime(b []byte, v time.Time) []byte {
	b = v.UTC().Truncate(time.Microsecond).AppendFormat(append(b, '"'), time.RFC3339Nano)
	return append(b, '"')
}

// putDuration appends a duration.
func putDuration(b []byte, v time.Duration) []byte { return putQuoted(b, v.String()) }

// putBytes appends bytes in base64; null for nil.
func putBytes[T ~[]byte](b []byte, v T) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return append(base64.StdEncoding.AppendEncode(append(b, '"'), v), '"')
}

// putText appends what the type marshals as text. It panics where that fails:
// the domain has let a value pass that cannot be told.
func putText[T any, P interface {
	*T
	encoding.TextMarshaler
}](b []byte, v T) []byte {
	text, err := P(&v).MarshalText()
	if err != nil {
		panic(kit.Wrap(kit.Internal, err, "a value cannot be written"))
	}
	return putQuoted(b, string(text))
}

// putOptional appends a value; null for nil.
func putOptional[T any](b []byte, v *T, put func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	return put(b, *v)
}

// putList appends a list; null for nil.
func putList[T any](b []byte, v []T, put func([]byte, T) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	b = append(b, '[')
	for i, element := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = put(b, element)
	}
	return append(b, ']')
}

// putMap appends an object in the order of its keys; null for nil.
func putMap[K ~string, V any](b []byte, v map[K]V, put func([]byte, V) []byte) []byte {
	if v == nil {
		return append(b, "null"...)
	}
	keys := make([]K, 0, len(v))
	for key := range v {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, key := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(putString(b, key), ':')
		b = put(b, v[key])
	}
	return append(b, '}')
}

// putListing appends a page of a list, without next on the last one.
func putListing[T any](b []byte, v kit.Listing[T], put func([]byte, T) []byte) []byte {
	b = append(b, `{"items":[`...)
	for i, item := range v.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = put(b, item)
	}
	b = append(b, ']')
	if !v.Next.IsZero() {
		b = putUUID(append(b, `,"next":`...), v.Next)
	}
	return append(b, '}')
}
