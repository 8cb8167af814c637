package httpgen

import (
	"go/types"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// taken are the names of receivers and variables in derived methods.
var taken = map[string]bool{
	"c": true, "h": true, "q": true, "r": true, "in": true, "out": true, "err": true, "ctx": true,
	"id": true, "version": true, "page": true,
}

// local returns a name for the variable of a parameter that shadows nothing.
func (v viewer) local(p route.Param) string {
	switch p.Source {
	case route.Path:
		return "id"
	case route.Version:
		return "version"
	case route.Page:
		return "page"
	}
	predeclared := types.Universe.Lookup(p.Name) != nil
	if predeclared || taken[p.Name] || v.file.Imported(p.Name) {
		return p.Name + "Value"
	}
	return p.Name
}

// read returns an expression that reads a query parameter.
func (v viewer) read(p route.Param) string {
	how, t := "httpserver.Required", p.Type
	switch t.Kind {
	case model.Pointer:
		how, t = "httpserver.Optional", t.Elem
	case model.Slice:
		how, t = "httpserver.Repeated", t.Elem
	}
	return how + "(q, " + strconv.Quote(p.Wire) + ", " + v.parser(t) + ")"
}

// parsers are the functions that read a parameter of a kind that is a single type.
var parsers = map[model.Kind]string{model.Time: "httpserver.ParseTime", model.UUID: "httpserver.ParseUUID"}

// typedParsers are those with a type parameter.
var typedParsers = map[model.Kind]string{
	model.Bool: "httpserver.ParseBool", model.Int: "httpserver.ParseInt", model.Uint: "httpserver.ParseUint", model.Float: "httpserver.ParseFloat", model.String: "httpserver.ParseString",
	model.Duration: "httpserver.ParseDuration", model.Bytes: "httpserver.ParseBytes", model.Text: "httpserver.ParseText",
}

func (v viewer) parser(t *model.Type) string {
	if len(t.Values) > 0 {
		consts := make([]string, len(t.Values))
		for i, value := range t.Values {
			consts[i] = v.file.Qualified(*t.Name, value.Const)
		}
		return "httpserver.ParseEnum(" + strings.Join(consts, ", ") + ")"
	}
	if plain, ok := parsers[t.Kind]; ok {
		return plain
	}
	return typedParsers[t.Kind] + "[" + v.file.Type(t) + "]"
}

// formats are the functions that write a parameter, by its kind.
var formats = map[model.Kind]string{
	model.Bool: "httpserver.FormatBool", model.Int: "httpserver.FormatInt", model.Uint: "httpserver.FormatUint", model.Float: "httpserver.FormatFloat",
	model.String: "httpserver.FormatString", model.Time: "httpserver.FormatTime", model.Duration: "httpserver.FormatDuration", model.UUID: "httpserver.FormatUUID",
	model.Bytes: "httpserver.FormatBytes",
}

// put returns a call that sets a query parameter.
func (v viewer) put(p route.Param, value string) string {
	how, t := "httpserver.SetParam", p.Type
	switch t.Kind {
	case model.Pointer:
		how, t = "httpserver.SetOptional", t.Elem
	case model.Slice:
		how, t = "httpserver.SetRepeated", t.Elem
	}
	format := formats[t.Kind]
	if t.Kind == model.Text {
		format = "httpserver.FormatText[" + v.file.Type(t) + "]"
	}
	return how + "(q, " + strconv.Quote(p.Wire) + ", " + value + ", " + format + ")"
}
