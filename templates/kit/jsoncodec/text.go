package jsoncodec

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const noNUL = "must not hold the character NUL"

// text reads a string, and returns it without quotation marks and escapes.
func (r *jsonReader) text() []byte {
	begin := r.next + 1
	for i := begin; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.next = i + 1
			return r.data[begin:i]
		case c == '\\':
			return r.escapedText(begin, i)
		case c < ' ':
			r.next = i
			r.fail("a control character must be escaped")
			return nil
		}
	}
	r.next = len(r.data)
	r.unexpected()
	return nil
}

// escapedText reads a string on, whose first escape is at the position.
func (r *jsonReader) escapedText(begin, at int) []byte {
	text := append(make([]byte, 0, 2*(at-begin)+32), r.data[begin:at]...)
	for r.next = at; r.next < len(r.data); {
		switch c := r.data[r.next]; {
		case c == '"':
			r.next++
			return text
		case c == '\\':
			r.next++
			text = r.escape(text)
		case c < ' ':
			r.fail("a control character must be escaped")
		default:
			text = append(text, c)
			r.next++
		}
	}
	r.unexpected()
	return nil
}

// escape reads what follows a backslash.
func (r *jsonReader) escape(text []byte) []byte {
	if r.next >= len(r.data) {
		return text
	}
	const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	c := r.data[r.next]
	if i := strings.IndexByte(letters, c); i >= 0 {
		r.next++
		return append(text, meanings[i])
	}
	if c != 'u' {
		r.unexpected()
		return text
	}
	char := r.utf16()
	if utf16.IsSurrogate(char) {
		second := rune(-1)
		if bytes.HasPrefix(r.data[r.next:], []byte(`\u`)) {
			r.next++
			second = r.utf16()
		}
		if char = utf16.DecodeRune(char, second); char == utf8.RuneError && r.broken == nil {
			r.fail("half of a surrogate pair is no character")
		}
	}
	return utf8.AppendRune(text, char)
}

// utf16 reads the u of an escape and its four digits.
func (r *jsonReader) utf16() (char rune) {
	r.next++
	for range 4 {
		if r.next >= len(r.data) {
			return 0
		}
		digit := strings.IndexByte("0123456789abcdef", r.data[r.next]|0x20)
		if digit < 0 || (digit < 10 && !isDigit(r.data[r.next])) {
			r.unexpected()
			return 0
		}
		char = char<<4 | rune(digit)
		r.next++
	}
	return char
}

// quoted reads a string; where there is another value it notes the problem, and
// is not ok.
func (r *jsonReader) quoted(problem string) (text []byte, ok bool) {
	if r.peek() != '"' {
		r.refuse(problem)
		return nil, false
	}
	text = r.text()
	return text, r.broken == nil
}

// takeString reads a string.
func takeString[T ~string](r *jsonReader) T {
	text, ok := r.quoted("must be a string")
	if ok && r.strict && bytes.IndexByte(text, 0) >= 0 {
		r.violate(noNUL)
	}
	return T(text)
}

// takeEnum reads one of the values; any, where a later version may have written
// it.
func takeEnum[T ~string](r *jsonReader, values ...T) T {
	text, ok := r.quoted("must be " + oneOf(values))
	for _, v := range values {
		if string(v) == string(text) {
			return v
		}
	}
	if ok && r.strict {
		r.violate("must be " + oneOf(values))
	}
	return T(text)
}

// oneOf returns "one of " and the values.
func oneOf[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return "one of " + strings.Join(words, ", ")
}

// takeText reads what the type unmarshals from text.
func takeText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](r *jsonReader) (value T) {
	text, ok := r.quoted("must be a string")
	if !ok {
		return value
	}
	if r.strict && bytes.IndexByte(text, 0) >= 0 {
		r.violate(noNUL)
		return value
	}
	if err := P(&value).UnmarshalText(slices.Clip(text)); err != nil {
		r.violate("is wrong: " + err.Error())
	}
	return value
}

// takeUUID reads a UUID.
func takeUUID(r *jsonReader) (id kit.UUID) {
	const problem = "must be a UUID"
	if text, ok := r.quoted(problem); ok && id.UnmarshalText(text) != nil {
		r.violate(problem)
	}
	return id
}

// takeTime reads a time as RFC 3339 writes it, and returns it in UTC to the
// microsecond.
func takeTime(r *jsonReader) time.Time {
	const problem = "must be a time as RFC 3339 writes it, such as 2006-01-02T15:04:05Z"
	text, ok := r.quoted(problem)
	if !ok {
		return time.Time{}
	}
	var t time.Time
	err := t.UnmarshalText(text)
	t = t.UTC().Truncate(time.Microsecond)
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		r.violate(problem)
	}
	return t
}

// takeDuration reads a duration as Go writes it.
func takeDuration(r *jsonReader) time.Duration {
	const problem = "must be a duration such as 1m30s"
	text, ok := r.quoted(problem)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(string(text))
	if err != nil {
		r.violate(problem)
	}
	return d
}

// takeBytes reads bytes in base64; nil for null.
func takeBytes[T ~[]byte](r *jsonReader) T {
	if r.null() {
		return nil
	}
	const problem = "must be base64"
	text, ok := r.quoted(problem)
	if !ok {
		return nil
	}
	value, err := base64.StdEncoding.AppendDecode(T{}, text)
	if err != nil {
		r.violate(problem)
		return nil
	}
	return value
}
