package httpserver

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// DecodeBody decodes the body of the request, for example with a function of package
// jsonwire. The error is 415 if its type is not application/json, 400 if it is not UTF-8 or
// not JSON, otherwise that of decode.
func DecodeBody[T any](r *Request, decode func([]byte) (T, error)) (value T, err error) {
	if !isJSON(r.Header) {
		return value, NewProblem(http.StatusUnsupportedMediaType, kit.Invalid,
			"the body must be application/json in UTF-8, uncompressed")
	}
	if !utf8.Valid(r.body) {
		return value, NewProblem(http.StatusBadRequest, kit.Invalid, "the body is not valid UTF-8")
	}
	value, err = decode(r.body)
	if broken, ok := errors.AsType[*jsoncodec.SyntaxError](err); ok {
		return value, malformed(broken.Error(), broken)
	}
	return value, err
}

func malformed(detail string, cause error) *Problem {
	p := NewProblem(http.StatusBadRequest, kit.Invalid, "%s", detail)
	p.Cause = cause
	return p
}

func isJSON(h http.Header) bool {
	types := h["Content-Type"]
	if len(types) != 1 || h.Get("Content-Encoding") != "" {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	charset := cmp.Or(params["charset"], "utf-8")
	return err == nil && kind == "application/json" && strings.EqualFold(charset, "utf-8")
}

// readBody reads the body and replaces it with a copy in memory. The error is 413 if the
// body is too large, which closes the connection as well, and 400 if it ends early.
func (r *Request) readBody(w http.ResponseWriter, limit int64) error {
	if r.ContentLength == 0 {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return NewProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not exceed %d bytes", tooLarge.Limit)
	}
	if err != nil {
		return malformed("the body ended early", err)
	}
	r.body, r.Body = body, io.NopCloser(bytes.NewReader(body))
	return nil
}
