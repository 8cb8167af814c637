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
	"sync/atomic"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// DecodeBody decodes the body of the request, for example with a function of package
// jsonwire. The error is 415 if its type is not application/json or, of PATCH,
// application/merge-patch+json, 400 if it is not UTF-8 or not JSON, otherwise that of decode:
// if the value has a method Validate, with every rule added that it names for other fields,
// so that the caller is told everything at once.
func DecodeBody[T any](r *Request, decode func([]byte) (T, error), names jsoncodec.Names) (value T, err error) {
	if !isJSON(r.Header, r.Method) {
		return value, NewProblem(http.StatusUnsupportedMediaType, kit.Invalid,
			"the body must be %s in UTF-8, uncompressed", jsonType(r.Method))
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

// jsonType returns the type of bodies that are JSON: PATCH has a merge patch (RFC 7396).
func jsonType(method string) string {
	if method == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}

func isJSON(h http.Header, method string) bool {
	types := h["Content-Type"]
	if len(types) != 1 || h.Get("Content-Encoding") != "" {
		return false
	}
	kind, params, err := mime.ParseMediaType(types[0])
	charset := cmp.Or(params["charset"], "utf-8")
	return err == nil && (kind == "application/json" || kind == jsonType(method)) && strings.EqualFold(charset, "utf-8")
}

// budget limits the bytes of memory that are held at once.
type budget struct {
	limit int64
	held  atomic.Int64
}

// take reports whether so many bytes were free. If they were, they must be given back. Nil
// has no limit.
func (b *budget) take(n int) bool {
	if b == nil || b.held.Add(int64(n)) <= b.limit {
		return true
	}
	b.give(n)
	return false
}

func (b *budget) give(n int) {
	if b != nil {
		b.held.Add(-int64(n))
	}
}

// smallBody is enough for most bodies, in bytes.
const smallBody = 512

// readBody reads the body and replaces it with a copy in memory. The error is 413 if the
// body is too large, which closes the connection as well, and 400 if it ends early. It is
// Overloaded if the budget is used up. What it takes from the budget follows what has
// arrived, so that a client holds nothing by promising a large body. The caller must give
// back cap(r.body).
func (r *Request) readBody(w http.ResponseWriter, limit int64, memory *budget) error {
	if r.ContentLength == 0 {
		return nil
	}
	source := http.MaxBytesReader(w, r.Body, limit)
	for {
		if len(r.body) == cap(r.body) && !r.growBody(memory) {
			w.Header().Set("Connection", "close") // the rest of the body is not read
			return kit.Errorf(kit.Overloaded, "the service holds as much of bodies as it may (http.max_body_memory)")
		}
		n, err := source.Read(r.body[len(r.body):cap(r.body)])
		r.body = r.body[:len(r.body)+n]
		if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return NewProblem(http.StatusRequestEntityTooLarge, kit.Invalid, "the body must not exceed %d bytes", tooLarge.Limit)
		}
		if errors.Is(err, io.EOF) {
			r.Body = io.NopCloser(bytes.NewReader(r.body))
			return nil
		}
		if err != nil {
			return malformed("the body ended early", err)
		}
	}
}

// growBody doubles the memory for the body, or reports that there is none.
func (r *Request) growBody(memory *budget) bool {
	size := max(smallBody, 2*cap(r.body))
	if all := r.ContentLength + 1; all > int64(len(r.body)) { // one more, to see the end
		size = int(min(int64(size), all))
	}
	if !memory.take(size) {
		return false
	}
	body := append(make([]byte, 0, size), r.body...)
	memory.give(cap(r.body))
	r.body = body
	return true
}
