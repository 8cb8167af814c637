package httpserver

import (
	"context"
	"net/url"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// Call makes a call and decodes the response. Errors name fields as in Go.
func Call[T any](ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec, read func([]byte) (T, error)) (T, error) {
	body, err := c.Do(ctx, spec)
	if err != nil {
		var none T
		return none, names.ToGo(err)
	}
	return read(body)
}

// CallNoContent makes a call whose response has no content.
func CallNoContent(ctx context.Context, c *Caller, names jsoncodec.Names, spec CallSpec) error {
	_, err := c.Do(ctx, spec)
	return names.ToGo(err)
}

// SetPage sets the parameters that [Query.Page] reads.
func SetPage(q url.Values, page kit.Page) {
	q.Set("limit", strconv.Itoa(page.Limit))
	if !page.After.IsZero() {
		q.Set("after", page.After.String())
	}
}

// SetParam sets a parameter that [Required] reads.
func SetParam[T any](q url.Values, name string, value T, app func([]byte, T) []byte) {
	q.Set(name, jsoncodec.Format(value, app))
}

// SetOptional sets a parameter that [Optional] reads, unless the value is nil.
func SetOptional[T any](q url.Values, name string, value *T, app func([]byte, T) []byte) {
	if value != nil {
		q.Set(name, jsoncodec.Format(*value, app))
	}
}

// SetRepeated sets a parameter that [Repeated] reads, once for each value.
func SetRepeated[T any](q url.Values, name string, values []T, app func([]byte, T) []byte) {
	for _, value := range values {
		q.Add(name, jsoncodec.Format(value, app))
	}
}
