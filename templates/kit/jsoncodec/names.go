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
func (n Names) ToJSON(err error) error { return n.rename(err, false) }

// ToGo returns the error with the fields of its *kit.Error renamed as in Go.
func (n Names) ToGo(err error) error { return n.rename(err, true) }

// rename returns the error with its fields renamed. An error without fields is
// returned unchanged.
func (n Names) rename(err error, toGo bool) error {
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
		out.Fields[i].Field = n.path(f.Field, toGo)
	}
	return &out
}

// path renames each known step of a path such as Lines[2].Quantity.
func (n Names) path(path string, toGo bool) string {
	step, rest := path, ""
	if end := strings.IndexAny(path, ".["); end >= 0 {
		step, rest = path[:end], path[end:]
	}
	for _, known := range n {
		from, to := known.Go, known.JSON
		if toGo {
			from, to = to, from
		}
		if from != step {
			continue
		}
		if index, within, ok := strings.Cut(rest, "."); ok {
			return to + index + "." + known.Within.path(within, toGo)
		}
		return to + rest
	}
	return path
}
