package httpserver

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// How many things are on a page: where the request does not say, and at most.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Query reads the parameters of a request and collects what is wrong with them.
// Read all of them first, then ask Err.
type Query struct {
	values url.Values
	wrong  kit.Violations
	err    error // the query cannot be read at all
}

// Query returns the parameters of the request.
func (r *Request) Query() *Query {
	if r.query == nil {
		values, err := url.ParseQuery(r.URL.RawQuery)
		r.query = &Query{values: values}
		if err != nil {
			r.query.err = newProblem(http.StatusBadRequest, kit.Invalid, "the query cannot be read: %v", err)
		}
	}
	return r.query
}

// Page returns the page that a request with no other parameters asks for.
func (r *Request) Page() (kit.Page, error) {
	q := r.Query()
	page := q.Page()
	return page, q.Err()
}

// Page returns the page that limit and after ask for: limit is 1 to MaxLimit,
// DefaultLimit where there is none; after is where the page before ended.
func (q *Query) Page() kit.Page {
	page := kit.Page{Limit: DefaultLimit}
	if limit := Optional(q, "limit", ParseInt[int]); limit != nil {
		page.Limit = *limit
		if *limit < 1 || *limit > MaxLimit {
			q.wrong.Add("limit", "must be between 1 and %d", MaxLimit)
		}
	}
	if after := Optional(q, "after", ParseUUID); after != nil {
		page.After = *after
	}
	return page
}

// Err returns what is wrong with the parameters: 400 where they cannot be read,
// 422 naming each that is missing, wrong, given twice, or asked for by nobody.
func (q *Query) Err() error {
	if q.err != nil {
		return q.err
	}
	left := make([]string, 0, len(q.values))
	for name := range q.values {
		left = append(left, name)
	}
	slices.Sort(left)
	for _, name := range left {
		q.wrong.Add(name, "is not a parameter here")
	}
	return q.wrong.Err("query")
}

// take returns the values of the parameter and notes that it is known.
func (q *Query) take(name string) []string {
	values := q.values[name]
	delete(q.values, name)
	return values
}

// Required returns the parameter, and notes that it is missing or wrong.
func Required[T any](q *Query, name string, parse func(string) (T, error)) T {
	value := Optional(q, name, parse)
	if value == nil {
		var zero T
		if !slices.ContainsFunc(q.wrong, func(f kit.FieldError) bool { return f.Field == name }) {
			q.wrong.Add(name, "is required")
		}
		return zero
	}
	return *value
}

// Optional returns the parameter, nil where it is not given.
func Optional[T any](q *Query, name string, parse func(string) (T, error)) *T {
	values := q.take(name)
	switch len(values) {
	case 0:
		return nil
	case 1:
		return parsed(q, name, values[0], parse)
	}
	q.wrong.Add(name, "must be given once")
	return nil
}

// Repeated returns all values of the parameter, nil where it is not given.
func Repeated[T any](q *Query, name string, parse func(string) (T, error)) []T {
	var all []T
	for _, text := range q.take(name) {
		value := parsed(q, name, text, parse)
		if value == nil {
			return nil
		}
		all = append(all, *value)
	}
	return all
}

func parsed[T any](q *Query, name, text string, parse func(string) (T, error)) *T {
	value, err := parse(text)
	if err != nil {
		q.wrong.Add(name, "%s", err.Error())
		return nil
	}
	return &value
}

var (
	errNotText     = errors.New("must be text in UTF-8 without NUL")
	errNotBool     = errors.New("must be true or false")
	errNotFloat    = errors.New("must be a number")
	errNotTime     = errors.New("must be a time as RFC 3339 writes it, such as 2006-01-02T15:04:05Z")
	errNotDuration = errors.New("must be a duration such as 1m30s")
	errNotBytes    = errors.New("must be base64")
	errNotUUID     = errors.New("must be a UUID")
)

// ParseString reads text.
func ParseString[T ~string](text string) (T, error) {
	if !validText(text) {
		return "", errNotText
	}
	return T(text), nil
}

// ParseEnum returns what reads one of the values.
func ParseEnum[T ~string](values ...T) func(string) (T, error) {
	return func(text string) (T, error) {
		if slices.Contains(values, T(text)) {
			return T(text), nil
		}
		names := make([]string, len(values))
		for i, v := range values {
			names[i] = string(v)
		}
		return "", errors.New("must be one of " + strings.Join(names, ", "))
	}
}

// ParseBool reads true or false.
func ParseBool[T ~bool](text string) (T, error) {
	if text != "true" && text != "false" {
		return false, errNotBool
	}
	return text == "true", nil
}

// ParseInt reads a whole number that T can hold.
func ParseInt[T ~int | ~int8 | ~int16 | ~int32 | ~int64](text string) (T, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || int64(T(n)) != n || strings.HasPrefix(text, "+") {
		return 0, outOfRange[T](err)
	}
	return T(n), nil
}

// ParseUint reads a whole number that T can hold.
func ParseUint[T ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](text string) (T, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || uint64(T(n)) != n {
		return 0, outOfRange[T](err)
	}
	return T(n), nil
}

func outOfRange[T any](err error) error {
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return errors.New("must be a whole number")
	}
	var zero T
	return fmt.Errorf("must be a whole number that %d bits hold", bitsOf(zero))
}

// ParseFloat reads a finite number.
func ParseFloat[T ~float32 | ~float64](text string) (T, error) {
	if !looksLikeNumber(text) {
		return 0, errNotFloat
	}
	var zero T
	n, err := strconv.ParseFloat(text, bitsOf(zero))
	if err != nil {
		return 0, errNotFloat
	}
	return T(n), nil
}

// ParseTime reads a time, and returns it in UTC to the microsecond.
func ParseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, errNotTime
	}
	return t.UTC().Truncate(time.Microsecond), nil
}

// ParseDuration reads a duration as Go writes it.
func ParseDuration[T ~int64](text string) (T, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, errNotDuration
	}
	return T(d), nil
}

// ParseUUID reads a UUID.
func ParseUUID(text string) (kit.UUID, error) {
	id, err := kit.ParseUUID(text)
	if err != nil {
		return id, errNotUUID
	}
	return id, nil
}

// ParseBytes reads base64.
func ParseBytes[T ~[]byte](text string) (T, error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errNotBytes
	}
	return b, nil
}

// ParseText reads what T unmarshals from text.
func ParseText[T any, P interface {
	*T
	UnmarshalText(text []byte) error
}](text string) (T, error) {
	var value T
	if !validText(text) {
		return value, errNotText
	}
	return value, P(&value).UnmarshalText([]byte(text))
}
