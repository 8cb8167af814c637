package httpserver

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	taken  []string // the names of the parameters
	wrong  kit.Violations
	err    error // the whole query is malformed
}

// Query returns the parameters of the request.
func (r *Request) Query() *Query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	return &Query{values: values, err: err}
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
	if after := Optional(q, "after", jsoncodec.ReadString[kit.Cursor]); after != nil {
		page.After = *after
		if after.IsZero() {
			q.wrong.Add("after", "must be the next of another page, or left out")
		}
	}
	return page
}

// Err returns what is wrong with the parameters: 400 if the query is malformed, 422
// naming each parameter that is missing, wrong, duplicate or unknown.
func (q *Query) Err() error {
	if q.err != nil {
		return NewProblem(http.StatusBadRequest, kit.Invalid, "malformed query: %v", q.err)
	}
	slices.Sort(q.taken)
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		q.wrong.Add(name, "is not a parameter of this request, which takes %s", cmp.Or(strings.Join(slices.Compact(q.taken), ", "), "none"))
	}
	return q.wrong.Err("query")
}

// Required returns the parameter. It must be given.
func Required[T any](q *Query, name string, read func(*jsoncodec.Reader) T) (value T) {
	if !q.values.Has(name) {
		q.wrong.Add(name, "is required")
	}
	if given := Optional(q, name, read); given != nil {
		value = *given
	}
	return value
}

// Optional returns the parameter, or nil if it is not given.
func Optional[T any](q *Query, name string, read func(*jsoncodec.Reader) T) *T {
	if len(q.values[name]) > 1 {
		q.wrong.Add(name, "must be given once")
		q.values.Del(name)
	}
	if all := Repeated(q, name, read); len(all) > 0 {
		return &all[0]
	}
	return nil
}

// Repeated returns all values of the parameter, or nil if it is not given.
func Repeated[T any](q *Query, name string, read func(*jsoncodec.Reader) T) []T {
	texts := q.values[name]
	q.taken = append(q.taken, name)
	q.values.Del(name) // so that unknown ones remain
	var all []T
	for _, text := range texts {
		value, err := jsoncodec.Parse(text, read)
		if err != nil {
			q.wrong.Add(name, "%s", err.Error())
			return nil
		}
		all = append(all, value)
	}
	return all
}

// SetPage sets the parameters that [Query.Page] reads.
func SetPage(q url.Values, page kit.Page) {
	q.Set("limit", strconv.Itoa(page.Limit))
	if !page.After.IsZero() {
		q.Set("after", string(page.After))
	}
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
