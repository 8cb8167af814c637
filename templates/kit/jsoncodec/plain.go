package jsoncodec

import (
	"errors"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

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
