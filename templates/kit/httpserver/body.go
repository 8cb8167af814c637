package httpserver

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// NewBody returns an empty slice with room for the body of most responses, to append
// JSON to.
func NewBody() []byte { return make([]byte, 0, 512) }

// DecodeBody decodes the body of the request, for example with a function of package
// jsonwire. The error is 400 if the body is not JSON, otherwise that of decode.
func DecodeBody[T any](r *Request, decode func([]byte) (T, error)) (T, error) {
	body, err := r.Body()
	if err != nil {
		var none T
		return none, err
	}
	value, err := decode(body)
	if broken, ok := errors.AsType[*jsoncodec.SyntaxError](err); ok {
		return value, Malformed(broken)
	}
	return value, err
}

// Body returns the body, which the caller must not modify. The error is 413 if it is
// too large, 415 if its type is not application/json, 400 if it is not UTF-8 or ends
// early.
func (r *Request) Body() ([]byte, error) {
	if !isJSON(r.Header) {
		return nil, NewProblem(http.StatusUnsupportedMediaType, kit.Invalid,
			"the body must be application/json in UTF-8, uncompressed")
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

// fetch reads the body before the request is admitted, so that a slow client does not
// take a place at the gate. It returns the time at which the request was complete.
func (r *Request) fetch() time.Time {
	if r.ContentLength == 0 {
		return r.arrived
	}
	r.body, r.bodyErr = r.readBody()
	if r.bodyErr == nil && !utf8.Valid(r.body) {
		r.bodyErr = NewProblem(http.StatusBadRequest, kit.Invalid, "the body is not valid UTF-8")
	}
	return time.Now()
}

func (r *Request) readBody() ([]byte, error) {
	if r.ContentLength > r.limit {
		return nil, r.tooLarge()
	}
	// A larger buffer grows as bytes arrive: announcing a length costs the client
	// nothing.
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
	p := NewProblem(http.StatusBadRequest, kit.Invalid, "the body ended early")
	p.Cause = err
	return p
}

func (r *Request) tooLarge() error {
	p := NewProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not exceed %d bytes", r.limit)
	p.Header = http.Header{"Connection": {"close"}} // rather than read the rest of it
	return p
}
