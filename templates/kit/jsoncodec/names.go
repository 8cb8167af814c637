package jsoncodec

import (
	"errors"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Names maps the names of the fields of a struct between Go and JSON, so that errors name
// fields as the caller knows them.
type Names []Name

// Name is the name of a field in Go and in JSON, with the names of the fields within it.
type Name struct {
	Go, JSON string
	Within   Names
}

// ToJSON returns the error with the fields of its *kit.Error renamed as in JSON.
func (n Names) ToJSON(err error) error { return withNames(err, n.jsonPath) }

// ToGo returns the error with the fields of its *kit.Error renamed as in Go.
func (n Names) ToGo(err error) error { return withNames(err, n.goPath) }

// withNames returns the error with its fields renamed. An error without fields is
// returned unchanged.
func withNames(err error, rename func(string) string) error {
	e, ok := errors.AsType[*kit.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	if err != error(e) { //nolint:errorlint // whether it is wrapped, not what it is
		out.Cause = err
	}
	out.Fields = make([]kit.FieldError, len(e.Fields))
	for i, f := range e.Fields {
		out.Fields[i] = kit.FieldError{Field: rename(f.Field), Message: f.Message}
	}
	return &out
}

func (n Names) jsonPath(path string) string {
	return n.path(path, func(known Name) (from, to string) { return known.Go, known.JSON })
}

func (n Names) goPath(path string) string {
	return n.path(path, func(known Name) (from, to string) { return known.JSON, known.Go })
}

// path renames each known step of a path such as Lines[2].Quantity.
func (n Names) path(path string, direction func(Name) (from, to string)) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	for _, known := range n {
		from, to := direction(known)
		if from != path[:end] {
			continue
		}
		rest := path[end:]
		if dot := strings.IndexByte(rest, '.'); dot >= 0 {
			return to + rest[:dot+1] + known.Within.path(rest[dot+1:], direction)
		}
		return to + rest
	}
	return path
}
