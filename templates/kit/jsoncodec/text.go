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

const noNUL = "must not contain the character NUL"

// text reads a string and returns it unquoted.
func (r *Reader) text() []byte {
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
			r.fail("control character in a string")
			return nil
		}
	}
	r.next = len(r.data)
	r.unexpected()
	return nil
}

// escapedText reads the rest of a string whose first escape is at the offset.
func (r *Reader) escapedText(begin, at int) []byte {
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
			r.fail("control character in a string")
		default:
			text = append(text, c)
			r.next++
		}
	}
	r.unexpected()
	return nil
}

// escape reads what follows a backslash.
func (r *Reader) escape(text []byte) []byte {
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
			r.fail("invalid surrogate pair")
		}
	}
	return utf8.AppendRune(text, char)
}

// utf16 reads the u of an escape and its four digits.
func (r *Reader) utf16() (char rune) {
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

// quoted reads a string. If the value is something else, it reports the problem.
func (r *Reader) quoted(problem string) (text []byte, ok bool) {
	if r.peek() != '"' {
		r.refuse(problem)
		return nil, false
	}
	text = r.text()
	return text, r.broken == nil
}

// ReadString reads a string.
func ReadString[T ~string](r *Reader) T {
	text, ok := r.quoted("must be a string")
	if ok && r.strict && bytes.IndexByte(text, 0) >= 0 {
		r.violate(noNUL)
	}
	return T(text)
}

// ReadEnum reads one of the values. Not strict, it reads any string: a later version
// may have more values.
func ReadEnum[T ~string](r *Reader, values ...T) T {
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

// ReadText reads a string and unmarshals it with UnmarshalText.
func ReadText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](r *Reader) (value T) {
	text, ok := r.quoted("must be a string")
	if !ok {
		return value
	}
	if r.strict && bytes.IndexByte(text, 0) >= 0 {
		r.violate(noNUL)
		return value
	}
	if err := P(&value).UnmarshalText(slices.Clip(text)); err != nil {
		r.violate("is invalid: " + err.Error())
	}
	return value
}

// ReadUUID reads a UUID.
func ReadUUID(r *Reader) (id kit.UUID) {
	const problem = "must be a UUID"
	if text, ok := r.quoted(problem); ok && id.UnmarshalText(text) != nil {
		r.violate(problem)
	}
	return id
}

// ReadTime reads a time in RFC 3339 and returns it in UTC, truncated to microseconds.
func ReadTime(r *Reader) time.Time {
	const problem = "must be an RFC 3339 time such as 2006-01-02T15:04:05Z"
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

// ReadDuration reads a duration in the form of time.ParseDuration.
func ReadDuration(r *Reader) time.Duration {
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

// ReadBytes reads bytes in base64, or nil for null.
func ReadBytes[T ~[]byte](r *Reader) T {
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
