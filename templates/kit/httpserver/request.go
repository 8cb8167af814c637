package httpserver

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Request is a request to a Handler. Its methods read parts of it, and return an error
// to answer with if a part is missing or wrong.
type Request struct {
	*http.Request
	ctx     requestContext
	arrived time.Time
	limit   int64 // of the body, in bytes
	body    []byte
	bodyErr error
	query   *Query
	values  [4]string // values of response headers, which then need no allocation each
	err     error     // answered by Error or by a handler behind middleware
}

// requestContext is the context of a request, with its ID.
type requestContext struct {
	context.Context
	id      string
	request *Request // nil unless an http.Handler needs it
}

type (
	requestIDKey struct{}
	requestKey   struct{}
)

// Value returns the ID, the request, or what the parent has for the key.
func (c *requestContext) Value(key any) any {
	switch key {
	case requestIDKey{}:
		return c.id
	case requestKey{}:
		return c.request
	}
	return c.Context.Value(key)
}

// RequestID returns the ID of the request that ctx belongs to, or "". It is in the
// access log, the header X-Request-Id and problems.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// Context returns the context of the request. It ends when the client disconnects or
// the request times out. If the request has an idempotency key, it carries the
// transaction in which its answer is recorded.
func (r *Request) Context() context.Context { return &r.ctx }

// within returns the request with the context of a transaction.
func (r *Request) within(ctx context.Context) *Request {
	inner := *r
	inner.ctx.Context = ctx
	return &inner
}

// PathUUID returns the UUID in the wildcard of the path; 422 if it is not one.
func (r *Request) PathUUID(name string) (kit.UUID, error) {
	id, err := kit.ParseUUID(r.PathValue(name))
	if err != nil {
		var v kit.Violations
		v.Add(name, "must be a UUID")
		return id, v.Err("path")
	}
	return id, nil
}

// Version returns the version in If-Match, as sent in ETag; 428 if it is missing, 400 if
// it is not the tag of one version.
func (r *Request) Version() (int64, error) {
	tags := r.Header["If-Match"]
	if len(tags) == 0 {
		return 0, NewProblem(http.StatusPreconditionRequired, kit.Invalid,
			`the header If-Match is required: the ETag of the version to change, such as "1"`)
	}
	if version, ok := parseTag(tags[0]); ok && len(tags) == 1 {
		return version, nil
	}
	return 0, NewProblem(http.StatusBadRequest, kit.Invalid,
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

// noneMatch reports whether If-None-Match lists the tag, so that the client has the
// answer already.
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
