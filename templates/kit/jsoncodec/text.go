package jsoncodec

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const noNUL = "must not contain the character NUL"

// quoted reads a string and unquotes it. If the value is something else, it reports the
// problem.
func (r *Reader) quoted(problem string) (text []byte, ok bool) {
	raw, ok := r.scalar(jsontext.KindString, problem)
	if !ok {
		return nil, false
	}
	return unquoted(raw), true
}

// unquoted returns the text of a valid string.
func unquoted(raw jsontext.Value) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1]
	}
	text, _ := jsontext.AppendUnquote(nil, raw) // the decoder has validated it
	return text
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
