package httpserver

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Request is a request for a Handler. Its methods read what the request says,
// and return the answer to one that says it wrongly as an error.
type Request struct {
	*http.Request
	ctx     requestContext
	arrived time.Time
	limit   int64 // bytes of the body
	body    []byte
	bodyErr error
	query   *Query
	values  [4]string // what the header's values point to, so that they cost no allocation each
}

// requestContext is the context of the request, and knows its identifier.
type requestContext struct {
	context.Context
	id string
}

type requestIDKey struct{}

// Value returns the request's identifier for its key, and asks the parent for
// any other.
func (c *requestContext) Value(key any) any {
	if key == (requestIDKey{}) {
		return c.id
	}
	return c.Context.Value(key)
}

// RequestID returns the identifier of the request that ctx belongs to, "" where
// it belongs to none. It stands in the access log, in X-Request-Id and in
// problems.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Context returns the context of the request. It ends when the client is gone
// or the time for requests is over, and takes part in the transaction of an
// idempotent request.
func (r *Request) Context() context.Context { return &r.ctx }

// within returns the request as seen in a transaction.
func (r *Request) within(ctx context.Context) *Request {
	inner := *r
	inner.ctx.Context = ctx
	return &inner
}

// PathUUID returns the path's wildcard of the name; 422 where it is not a UUID.
func (r *Request) PathUUID(name string) (kit.UUID, error) {
	id, err := kit.ParseUUID(r.PathValue(name))
	if err != nil {
		var v kit.Violations
		v.Add(name, "must be a UUID")
		return id, v.Err("path")
	}
	return id, nil
}

// Version returns the version that If-Match demands, as ETag gave it; 428 where
// there is none, 400 where it is not the tag of one version.
func (r *Request) Version() (int64, error) {
	tags := r.Header["If-Match"]
	if len(tags) == 0 {
		return 0, newProblem(http.StatusPreconditionRequired, kit.Invalid,
			`the header If-Match is required: the ETag of the version to change, such as "1"`)
	}
	if version, ok := parseTag(tags[0]); ok && len(tags) == 1 {
		return version, nil
	}
	return 0, newProblem(http.StatusBadRequest, kit.Invalid,
		`the header If-Match must be the ETag of one version, such as "1"`)
}

func parseTag(tag string) (int64, bool) {
	digits, ok := strings.CutPrefix(tag, `"`)
	if !ok {
		return 0, false
	}
	digits, ok = strings.CutSuffix(digits, `"`)
	if !ok || digits == "" || digits[0] < '0' || digits[0] > '9' || (digits[0] == '0' && digits != "0") {
		return 0, false
	}
	version, err := strconv.ParseInt(digits, 10, 64)
	return version, err == nil
}

func tagOf(version int64) string {
	b := append(make([]byte, 0, 24), '"')
	return string(append(strconv.AppendInt(b, version, 10), '"'))
}

// noneMatch reports whether the request asks for the answer only if its tag is
// none of those that it has.
func (r *Request) noneMatch(tag string) bool {
	for _, line := range r.Header["If-None-Match"] {
		for known := range strings.SplitSeq(line, ",") {
			known = strings.TrimPrefix(strings.TrimSpace(known), "W/")
			if known == tag || known == "*" {
				return true
			}
		}
	}
	return false
}
