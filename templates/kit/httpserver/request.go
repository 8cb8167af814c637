package httpserver

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Request is a request to a Handler. Its methods read parts of it; a handler returns their
// errors, which say what is missing or wrong. Its context ends when the client
// disconnects or the request times out; if the request has an idempotency key, it
// carries the transaction in which the response is recorded.
type Request struct {
	*http.Request
	route   string // its pattern
	id      string
	arrived time.Time
	body    []byte
	answers *budget // of the server; nil without one
	version int64   // that preconditions were evaluated for, or 0
	err     error   // that was answered, for the log
	stack   []byte  // of a panic, for the log
}

type requestKey struct{}

// newRequest returns a request of a route, with a context that carries it. The caller must
// call cancel.
func (s *Server) newRequest(w http.ResponseWriter, hr *http.Request, route string) (*Request, context.CancelFunc) {
	r := &Request{route: route, id: requestIDOf(hr), arrived: time.Now(), answers: &s.answers}
	ctx := context.WithValue(hr.Context(), requestKey{}, r)
	ctx, cancel := context.WithDeadline(ctx, r.arrived.Add(s.config.RequestTimeout))
	r.Request = hr.WithContext(ctx)
	w.Header().Set("X-Request-Id", r.id)
	return r, cancel
}

// validRequestID excludes IDs that could be used to forge log lines.
var validRequestID = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)

// requestIDOf returns the ID that the client sent, or a new one.
func requestIDOf(r *http.Request) string {
	if id := r.Header.Get("X-Request-Id"); validRequestID.MatchString(id) {
		return id
	}
	return kit.NewUUID().String()
}

// requestOf returns the request that ctx belongs to, or an empty one, as in a test without
// a Server.
func requestOf(ctx context.Context) *Request {
	if r, ok := ctx.Value(requestKey{}).(*Request); ok {
		return r
	}
	return &Request{}
}

// RequestID returns the ID of the request that ctx belongs to, or "". It is in the
// access log, the header X-Request-Id and problems.
func RequestID(ctx context.Context) string { return requestOf(ctx).id }

// with returns the request as net/http's with another context.
func (r *Request) with(hr *http.Request) *Request {
	if r.Request == hr {
		return r
	}
	inner := *r
	inner.Request = hr
	return &inner
}

// isChange reports whether the request may change something.
func (r *Request) isChange() bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// PathUUID returns the UUID in the wildcard of the path; 422 if it is not one.
func (r *Request) PathUUID(name string) (kit.UUID, error) {
	id, err := kit.ParseUUID(r.PathValue(name))
	if err != nil {
		return id, kit.Violations{{Field: name, Message: "must be a UUID"}}.Err("path")
	}
	return id, nil
}

// Version returns the version that If-Match requires, or the current one if that is in
// its list; 428 if the header is missing, 400 if it names no version.
func (r *Request) Version() (int64, error) {
	if r.Header["If-Match"] == nil {
		return 0, NewProblem(http.StatusPreconditionRequired, kit.Invalid,
			`the header If-Match is required: the ETag of the version to change, such as "1"`)
	}
	if r.version != 0 {
		return r.version, nil
	}
	tags, err := r.tags("If-Match")
	if err != nil {
		return 0, err
	}
	if version := versionOf(tags[0]); version != 0 && len(tags) == 1 {
		return version, nil
	}
	return 0, NewProblem(http.StatusBadRequest, kit.Invalid,
		`the header If-Match must be the ETag of one version, such as "1"`)
}
