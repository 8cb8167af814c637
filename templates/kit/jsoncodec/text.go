package jsoncodec

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// quoted reads a string and unquotes it. If the value is something else, it reports the
// problem.
func (r *Reader) quoted(problem string) (text []byte, ok bool) {
	if r.plain != nil {
		return r.plain, true
	}
	raw, ok := r.scalar(problem, jsontext.KindString)
	return unquoted(raw), ok
}

// unquoted returns the text of a valid string.
func unquoted(raw jsontext.Value) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return bytes.Trim(raw, `"`)
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // the decoder has validated it
	return text
}

// text reads a string that may be any, but for NUL from clients.
func (r *Reader) text() (text []byte, ok bool) {
	text, ok = r.quoted("must be a string")
	return text, ok && !r.hasNUL(text)
}

// hasNUL reports whether text from a client contains the character NUL, which is wrong.
func (r *Reader) hasNUL(text []byte) bool {
	found := r.strict && bytes.IndexByte(text, 0) >= 0
	if found {
		r.violate("must not contain the character NUL")
	}
	return found
}

// ReadString reads a string.
func ReadString[T ~string](r *Reader) T {
	text, _ := r.text()
	return T(text)
}

// ReadEnum reads one of the values. In data that the service has written, it reads any
// string, since a later version may have more values.
func ReadEnum[T ~string](r *Reader, values ...T) T {
	problem := mustBeOneOf(values)
	text, ok := r.quoted(problem)
	if ok && r.strict && !slices.Contains(values, T(text)) {
		r.violate(problem)
	}
	return T(text)
}

func mustBeOneOf[T ~string](values []T) string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	return "must be one of " + strings.Join(words, ", ")
}

// ReadText reads a string and unmarshals it with UnmarshalText.
func ReadText[T any, P interface {
	*T
	encoding.TextUnmarshaler
}](r *Reader) (value T) {
	text, ok := r.text()
	if !ok {
		return value
	}
	if err := P(&value).UnmarshalText(slices.Clip(text)); err != nil {
		r.violate("is invalid: " + err.Error())
	}
	return value
}

// parsed reads a string and parses it. If that fails, it reports the problem.
func parsed[T any](r *Reader, problem string, parse func(text []byte) (T, error)) (value T) {
	text, ok := r.quoted(problem)
	if !ok {
		return value
	}
	value, err := parse(text)
	if err != nil {
		r.violate(problem)
	}
	return value
}

// ReadUUID reads a UUID.
func ReadUUID(r *Reader) kit.UUID { return parsed(r, "must be a UUID", parseUUID) }

// ReadUUIDAs reads a UUID of a type that is declared from kit.UUID.
func ReadUUIDAs[T ~[16]byte](r *Reader) T { return T(ReadUUID(r)) }

func parseUUID(text []byte) (id kit.UUID, err error) { return id, id.UnmarshalText(text) }

// ReadTime reads a time in RFC 3339 and returns it in UTC, truncated to microseconds.
func ReadTime(r *Reader) time.Time {
	return parsed(r, "must be an RFC 3339 time such as 2006-01-02T15:04:05Z", parseTime)
}

func parseTime(text []byte) (t time.Time, err error) {
	err = t.UnmarshalText(text)
	t = t.UTC().Truncate(time.Microsecond)
	if year := t.Year(); year < 0 || year > 9999 {
		err = errors.New("in UTC the year does not have four digits")
	}
	return t, err
}

// ReadDuration reads a duration in the form of time.ParseDuration.
func ReadDuration(r *Reader) time.Duration {
	return parsed(r, "must be a duration such as 1m30s", func(text []byte) (time.Duration, error) {
		return time.ParseDuration(string(text))
	})
}

// ReadBytes reads bytes in base64, or nil for null.
func ReadBytes[T ~[]byte](r *Reader) T {
	if r.null() {
		return nil
	}
	return parsed(r, "must be base64", func(text []byte) (T, error) {
		return base64.StdEncoding.AppendDecode(T{}, text)
	})
}

// Parse reads a value that is not part of a JSON text, such as a query parameter:
// strings have no quotation marks. The message of the error begins with "must".
func Parse[T any](text string, read func(*Reader) T) (value T, err error) {
	if !utf8.ValidString(text) {
		return value, errors.New("must be valid UTF-8")
	}
	r := newReader(nil, true)
	r.plain = []byte(text)
	value = read(r)
	if len(r.wrong) > 0 {
		return value, errors.New(r.wrong[0].Message)
	}
	return value, nil
}

// Format writes a value as Parse reads it.
func Format[T any](value T, app func([]byte, T) []byte) string {
	switch b := jsontext.Value(app(nil, value)); b.Kind() {
	case jsontext.KindString:
		return string(unquoted(b))
	case jsontext.KindNull:
		return ""
	default:
		return string(b)
	}
}
