package httpserver

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Problem is an error as the client sees it: problem+json (RFC 9457). A handler returns
// one to choose the status; for any other error, the code determines the status.
type Problem struct {
	Type      string         `json:"type"` // "about:blank": the title is that of the status
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Code      kit.Code       `json:"code"`
	Errors    []InvalidField `json:"errors,omitempty"`
	RequestID string         `json:"request_id,omitempty"`

	Cause error `json:"-"` // for the log only
}

// InvalidField describes what is wrong with a field or parameter, named as in JSON.
type InvalidField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// NewProblem returns a problem with a status, a code and a formatted detail.
func NewProblem(status int, code kit.Code, format string, args ...any) *Problem {
	return &Problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Detail: fmt.Sprintf(format, args...),
		Code:   code,
	}
}

// Error returns the title, the detail and the cause.
func (p *Problem) Error() string {
	s := p.Title
	if p.Detail != "" {
		s += ": " + p.Detail
	}
	if p.Cause != nil {
		s += ": " + p.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Cause }

// problemOf returns the problem for an error. If the request has a precondition, a
// conflict means that it failed.
func problemOf(err error, precondition bool) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	e, ok := errors.AsType[*kit.Error](err)
	switch {
	case ok:
	case errors.Is(err, context.DeadlineExceeded):
		e = kit.Errorf(kit.Unavailable, "the request timed out")
	default:
		e = kit.Errorf(kit.Internal, "internal error")
	}
	status := cmp.Or(statuses[e.Code], http.StatusInternalServerError)
	if e.Code == kit.Conflict && precondition {
		status = http.StatusPreconditionFailed
	}
	p := NewProblem(status, e.Code, "%s", e.Message)
	p.Cause = err
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, InvalidField(f))
	}
	return p
}

// AllOf returns one error for all fields and parameters that are wrong in parts of a request:
// the first error that is about something else, or else one that has the fields of all.
func AllOf(errs ...error) error {
	var all *kit.Error
	for _, err := range errs {
		e, ok := errors.AsType[*kit.Error](err)
		switch {
		case err == nil:
		case !ok || e.Code != kit.Invalid || len(e.Fields) == 0:
			return err
		case all == nil:
			all = &kit.Error{Code: kit.Invalid, Message: e.Message, Fields: slices.Clone(e.Fields)}
		default:
			all.Message = "invalid request"
			all.Fields = append(all.Fields, e.Fields...)
		}
	}
	if all == nil {
		return nil
	}
	return all
}

// statuses are the statuses for all codes.
var statuses = map[kit.Code]int{
	kit.NotFound:        http.StatusNotFound,
	kit.AlreadyExists:   http.StatusConflict,
	kit.Conflict:        http.StatusConflict,
	kit.Invalid:         http.StatusUnprocessableEntity,
	kit.Unauthenticated: http.StatusUnauthorized,
	kit.Unauthorized:    http.StatusForbidden,
	kit.Overloaded:      http.StatusServiceUnavailable,
	kit.Unavailable:     http.StatusServiceUnavailable,
	kit.Internal:        http.StatusInternalServerError,
}

// send writes the problem. Retry-After is random, so that refused clients do not all
// return at once.
func (p *Problem) send(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // it has only strings and numbers
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", strconv.Itoa(1+rand.IntN(5)))
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // the client may be gone
}
