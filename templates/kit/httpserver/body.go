package httpserver

import (
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Body returns the body: UTF-8 that is said to be JSON. It may be called again,
// and must not be written to. 413 where it is too large, 415 where it is not
// application/json, 400 where it is not UTF-8 or ends early.
func (r *Request) Body() ([]byte, error) {
	if !isJSON(r.Header) {
		return nil, newProblem(http.StatusUnsupportedMediaType, kit.Invalid,
			"the body must be application/json, in UTF-8 and not compressed")
	}
	return r.body, r.bodyErr
}

func isJSON(h http.Header) bool {
	if h.Get("Content-Encoding") != "" {
		return false
	}
	given := h["Content-Type"]
	if len(given) != 1 {
		return false
	}
	if given[0] == "application/json" {
		return true
	}
	kind, params, err := mime.ParseMediaType(given[0])
	if err != nil || kind != "application/json" {
		return false
	}
	charset := params["charset"]
	return charset == "" || strings.EqualFold(charset, "utf-8")
}

// fetch reads the body before the request is admitted, so that a slow sender
// keeps nobody else waiting. It returns when the request was complete.
func (r *Request) fetch() time.Time {
	if r.ContentLength == 0 {
		return r.arrived
	}
	r.body, r.bodyErr = r.readBody()
	if r.bodyErr == nil && !utf8.Valid(r.body) {
		r.bodyErr = newProblem(http.StatusBadRequest, kit.Invalid, "the body is not UTF-8")
	}
	return time.Now()
}

func (r *Request) readBody() ([]byte, error) {
	if r.ContentLength > r.limit {
		return nil, r.tooLarge()
	}
	// Beyond this, memory is given as bytes arrive: to announce a length costs
	// the sender nothing.
	const small = 64 << 10
	if r.ContentLength > 0 && r.ContentLength <= small {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Request.Body, body)
		return body, endedEarly(err)
	}
	body, err := io.ReadAll(io.LimitReader(r.Request.Body, r.limit+1))
	if err == nil && int64(len(body)) > r.limit {
		return nil, r.tooLarge()
	}
	return body, endedEarly(err)
}

func endedEarly(err error) error {
	if err == nil {
		return nil
	}
	p := newProblem(http.StatusBadRequest, kit.Invalid, "the body ended early")
	p.Cause = err
	return p
}

func (r *Request) tooLarge() error {
	p := newProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not be larger than %d bytes", r.limit)
	p.Header = http.Header{"Connection": {"close"}} // rather than read the rest of it
	return p
}
