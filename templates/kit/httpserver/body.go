package httpserver

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// DecodeBody decodes the body of the request, for example with a function of package
// jsonwire. The error is 415 if its type is not application/json, 400 if it is not UTF-8 or
// not JSON, otherwise that of decode: if the value has a method Validate, with every rule
// added that it names for other fields, so that the caller is told everything at once.
func DecodeBody[T any](r *Request, decode func([]byte) (T, error), names jsoncodec.Names) (value T, err error) {
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
	if e, ok := errors.AsType[*kit.Error](err); ok && len(e.Fields) > 0 {
		if v, ok := any(value).(interface{ Validate() error }); ok {
			e.Fields = append(e.Fields, otherFields(names.ToJSON(v.Validate()), e.Fields)...)
		}
	}
	return value, err
}

// otherFields returns the fields that the error names, but for those that were named
// before, of which it knows no more than that they have no value.
func otherFields(err error, named []kit.FieldError) (others []kit.FieldError) {
	e, _ := errors.AsType[*kit.Error](err)
	if e == nil {
		return nil
	}
	for _, f := range e.Fields {
		if !slices.ContainsFunc(named, func(n kit.FieldError) bool { return topLevel(n.Field) == topLevel(f.Field) }) {
			others = append(others, f)
		}
	}
	return others
}

// topLevel returns the first step of a path such as lines[2].quantity.
func topLevel(path string) string {
	if end := strings.IndexAny(path, ".["); end >= 0 {
		return path[:end]
	}
	return path
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
