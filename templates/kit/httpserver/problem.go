package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Problem is an error as it is sent: problem+json (RFC 9457). A handler may
// return one to choose the status itself; any other error is answered by its
// code.
type Problem struct {
	Type      string         `json:"type"` // "about:blank": the status says it all
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail,omitempty"`
	Code      kit.Code       `json:"code"`
	Errors    []InvalidField `json:"errors,omitempty"`
	RequestID string         `json:"request_id,omitempty"`

	Header http.Header `json:"-"` // sent along, such as Allow
	Cause  error       `json:"-"` // for the log alone
}

// InvalidField says what is wrong with one field or parameter, by its name in
// JSON.
type InvalidField struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// Malformed returns the answer to a request that cannot be understood, such as
// one whose body is not JSON: 400. Its detail is the error's message.
func Malformed(cause error) *Problem {
	detail := cause.Error()
	if e, ok := errors.AsType[*kit.Error](cause); ok {
		detail = e.Message
	}
	p := newProblem(http.StatusBadRequest, kit.Invalid, "%s", detail)
	p.Cause = cause
	return p
}

func newProblem(status int, code kit.Code, format string, args ...any) *Problem {
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

// problemOf returns what to send for the error. A conflict fails the
// precondition of a request that has one.
func problemOf(err error, precondition bool) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		own := *p
		return &own
	}
	e, ok := errors.AsType[*kit.Error](err)
	switch {
	case ok:
	case errors.Is(err, context.DeadlineExceeded):
		e = kit.Errorf(kit.Unavailable, "the answer took too long")
	default:
		e = kit.Errorf(kit.Internal, "something went wrong on our side")
	}
	status := statusOf(e.Code)
	if e.Code == kit.Conflict && precondition {
		status = http.StatusPreconditionFailed
	}
	p := newProblem(status, e.Code, "%s", e.Message)
	p.Cause = err
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, InvalidField(f))
	}
	return p
}

func statusOf(code kit.Code) int {
	switch code {
	case kit.NotFound:
		return http.StatusNotFound
	case kit.AlreadyExists, kit.Conflict:
		return http.StatusConflict
	case kit.Invalid:
		return http.StatusUnprocessableEntity
	case kit.Unauthorized:
		return http.StatusForbidden
	case kit.Overloaded, kit.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// send writes the problem, and asks for patience where waiting may help: for
// more or less of it, so that those who were refused do not all come back at
// once.
func (p *Problem) send(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // it holds strings and numbers alone
		panic(err)
	}
	h := w.Header()
	for name, values := range p.Header {
		h[name] = values
	}
	h["Content-Type"] = contentTypeProblem
	h["Cache-Control"] = cacheNever
	if p.Status == http.StatusServiceUnavailable {
		h["Retry-After"] = []string{strconv.Itoa(1 + rand.IntN(5))}
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body) // who asked may be gone
}
