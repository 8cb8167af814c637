package httpserver

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// The number of items on a page: by default and at most.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Query reads the query parameters of a request and collects what is wrong with them.
// Read all parameters, then check Err.
type Query struct {
	values url.Values
	wrong  kit.Violations
	err    error // the whole query is malformed
}

// Query returns the parameters of the request.
func (r *Request) Query() *Query {
	if r.query == nil {
		values, err := url.ParseQuery(r.URL.RawQuery)
		r.query = &Query{values: values}
		if err != nil {
			r.query.err = NewProblem(http.StatusBadRequest, kit.Invalid, "malformed query: %v", err)
		}
	}
	return r.query
}

// Page returns the page for a request that has no other parameters.
func (r *Request) Page() (kit.Page, error) {
	q := r.Query()
	page := q.Page()
	return page, q.Err()
}

// Page returns the page that is selected by the parameters limit (1 to MaxLimit, by
// default DefaultLimit) and after (the next of the previous page).
func (q *Query) Page() kit.Page {
	page := kit.Page{Limit: DefaultLimit}
	if limit := Optional(q, "limit", jsoncodec.ReadInt[int]); limit != nil {
		page.Limit = *limit
		if *limit < 1 || *limit > MaxLimit {
			q.wrong.Add("limit", "must be between 1 and %d", MaxLimit)
		}
	}
	if after := Optional(q, "after", jsoncodec.ReadUUID); after != nil {
		page.After = *after
	}
	return page
}

// Err returns what is wrong with the parameters: 400 if the query is malformed, 422
// naming each parameter that is missing, wrong, duplicate or unknown.
func (q *Query) Err() error {
	if q.err != nil {
		return q.err
	}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		q.wrong.Add(name, "is not a parameter of this request")
	}
	return q.wrong.Err("query")
}

// take returns the values of the parameter and removes it, so that unknown ones remain.
func (q *Query) take(name string) []string {
	values := q.values[name]
	delete(q.values, name)
	return values
}

// Required returns the parameter. It must be given.
func Required[T any](q *Query, name string, read func(*jsoncodec.Reader) T) T {
	value := Optional(q, name, read)
	if value == nil {
		var zero T
		if !slices.ContainsFunc(q.wrong, func(f kit.FieldError) bool { return f.Field == name }) {
			q.wrong.Add(name, "is required")
		}
		return zero
	}
	return *value
}

// Optional returns the parameter, or nil if it is not given.
func Optional[T any](q *Query, name string, read func(*jsoncodec.Reader) T) *T {
	values := q.take(name)
	switch len(values) {
	case 0:
		return nil
	case 1:
		return parsed(q, name, values[0], read)
	}
	q.wrong.Add(name, "must be given once")
	return nil
}

// Repeated returns all values of the parameter, or nil if it is not given.
func Repeated[T any](q *Query, name string, read func(*jsoncodec.Reader) T) []T {
	var all []T
	for _, text := range q.take(name) {
		value := parsed(q, name, text, read)
		if value == nil {
			return nil
		}
		all = append(all, *value)
	}
	return all
}

func parsed[T any](q *Query, name, text string, read func(*jsoncodec.Reader) T) *T {
	value, err := jsoncodec.Parse(text, read)
	if err != nil {
		q.wrong.Add(name, "%s", err.Error())
		return nil
	}
	return &value
}
