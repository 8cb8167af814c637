package httpserver

import (
	"bytes"
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

// Body returns the body, which the caller must not modify. The error is 415 if its type is
// not application/json, 400 if it is not UTF-8.
func (r *Request) Body() ([]byte, error) {
	if !isJSON(r.Header) {
		return nil, NewProblem(http.StatusUnsupportedMediaType, kit.Invalid,
			"the body must be application/json in UTF-8, uncompressed")
	}
	if !utf8.Valid(r.body) {
		return nil, NewProblem(http.StatusBadRequest, kit.Invalid, "the body is not valid UTF-8")
	}
	return r.body, nil
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

// readBody reads the body and replaces it with a copy in memory. It returns the time at
// which the request was complete. The error is 413 if the body is too large, which closes
// the connection as well, and 400 if it ends early.
func (r *Request) readBody(w http.ResponseWriter) (time.Time, error) {
	if r.ContentLength == 0 {
		return r.arrived, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Request.Body, r.limit))
	if err != nil {
		return time.Time{}, bodyError(err)
	}
	r.body, r.Request.Body = body, io.NopCloser(bytes.NewReader(body))
	return time.Now(), nil
}

func bodyError(err error) error {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return NewProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not exceed %d bytes", tooLarge.Limit)
	}
	p := NewProblem(http.StatusBadRequest, kit.Invalid, "the body ended early")
	p.Cause = err
	return p
}
