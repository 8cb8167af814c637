package jsoncodec

import (
	"errors"
	"slices"
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
func (n Names) ToJSON(err error) error {
	return n.rename(err, func(known Name) (from, to string) { return known.Go, known.JSON })
}

// ToGo returns the error with the fields of its *kit.Error renamed as in Go.
func (n Names) ToGo(err error) error {
	return n.rename(err, func(known Name) (from, to string) { return known.JSON, known.Go })
}

type direction func(Name) (from, to string)

// rename returns the error with its fields renamed. An error without fields is
// returned unchanged.
func (n Names) rename(err error, names direction) error {
	e, ok := errors.AsType[*kit.Error](err)
	if !ok || len(e.Fields) == 0 {
		return err
	}
	out := *e
	if err != error(e) { //nolint:errorlint // whether it is wrapped, not what it is
		out.Cause = err
	}
	out.Fields = slices.Clone(e.Fields)
	for i, f := range out.Fields {
		out.Fields[i].Field = n.path(f.Field, names)
	}
	return &out
}

// path renames each known step of a path such as Lines[2].Quantity.
func (n Names) path(path string, names direction) string {
	step, rest := path, ""
	if end := strings.IndexAny(path, ".["); end >= 0 {
		step, rest = path[:end], path[end:]
	}
	for _, known := range n {
		from, to := names(known)
		if from != step {
			continue
		}
		if index, within, ok := strings.Cut(rest, "."); ok {
			return to + index + "." + known.Within.path(within, names)
		}
		return to + rest
	}
	return path
}
