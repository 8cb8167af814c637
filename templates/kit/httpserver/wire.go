package httpserver

import (
	"context"
	"encoding"
	"encoding/base64"
	"errors"
	"net/url"
	"strconv"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// newBody returns room for the body of most answers.
func newBody() []byte { return make([]byte, 0, 512) }

// decodeBody reads the request's body: 400 where it is not JSON, 422 naming each
// field that is wrong.
func decodeBody[T any](r *Request, decode func([]byte) (T, error)) (T, error) {
	body, err := r.Body()
	if err != nil {
		var none T
		return none, err
	}
	value, err := decode(body)
	if broken, ok := errors.AsType[*jsoncodec.SyntaxError](err); ok {
		return value, Malformed(broken)
	}
	return value, err
}

// callFor makes a call and reads what it is answered. The fields of an error are
// by their names in Go again.
func callFor[T any](ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec, read func([]byte) (T, error)) (T, error) {
	a, err := c.Call(ctx, spec)
	if err != nil {
		var none T
		return none, names.ToGo(err)
	}
	return read(a.Body)
}

// callOnly makes a call that is answered by nothing.
func callOnly(ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec) error {
	_, err := c.Call(ctx, spec)
	return names.ToGo(err)
}

// putPage adds which page to ask for.
func putPage(q url.Values, page kit.Page) {
	q.Set("limit", strconv.Itoa(page.Limit))
	if !page.After.IsZero() {
		q.Set("after", page.After.String())
	}
}

// putParam adds a parameter.
func putParam[T any](q url.Values, name string, value T, format func(T) string) {
	q.Set(name, format(value))
}

// putOptional adds a parameter, if there is one.
func putOptional[T any](q url.Values, name string, value *T, format func(T) string) {
	if value != nil {
		q.Set(name, format(*value))
	}
}

// putRepeated adds a parameter for each of the values.
func putRepeated[T any](q url.Values, name string, values []T, format func(T) string) {
	for _, value := range values {
		q.Add(name, format(value))
	}
}

// What follows writes parameters as the functions Parse… read them.

func formatString[T ~string](value T) string { return string(value) }

func formatBool[T ~bool](value T) string { return strconv.FormatBool(bool(value)) }

func formatInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](value T) string {
	return strconv.FormatInt(int64(value), 10)
}

func formatUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](value T) string {
	return strconv.FormatUint(uint64(value), 10)
}

func formatFloat[T ~float32 | ~float64](value T) string {
	return strconv.FormatFloat(float64(value), 'g', -1, bitsOf(value))
}

func formatTime(value time.Time) string { return value.UTC().Format(time.RFC3339Nano) }

func formatDuration(value time.Duration) string { return value.String() }

func formatUUID(value kit.UUID) string { return value.String() }

func formatBytes[T ~[]byte](value T) string { return base64.StdEncoding.EncodeToString(value) }

// formatText returns what the type marshals as text. What cannot be marshaled is
// sent as nothing, which the other side refuses.
func formatText[T any, P interface {
	*T
	encoding.TextMarshaler
}](value T) string {
	text, err := P(&value).MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}
