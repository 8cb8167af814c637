package httpgen

import (
	"go/types"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// taken are the names that derived methods use themselves: receivers, variables,
// and the functions of the package that they call.
var taken = map[string]bool{
	"c": true, "h": true, "q": true, "r": true, "in": true, "out": true, "err": true, "ctx": true,
	"id": true, "version": true, "page": true,
	"newBody": true, "decodeBody": true, "callFor": true, "callOnly": true,
	"putPage": true, "putParam": true, "putOptional": true, "putRepeated": true,
}

// local returns a name for a variable of the parameter that hides nothing.
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
	if predeclared || taken[p.Name] || v.file.Imported(p.Name) || strings.HasPrefix(p.Name, "format") {
		return p.Name + "Value"
	}
	return p.Name
}

// read returns an expression that reads the parameter of the query.
func (v viewer) read(p route.Param) string {
	how, t := "Required", p.Type
	switch t.Kind {
	case model.Pointer:
		how, t = "Optional", t.Elem
	case model.Slice:
		how, t = "Repeated", t.Elem
	}
	return how + "(q, " + strconv.Quote(p.Wire) + ", " + v.parser(t) + ")"
}

// parsers are the functions that read a parameter of a kind that is one type
// alone.
var parsers = map[model.Kind]string{model.Time: "ParseTime", model.UUID: "ParseUUID"}

// typedParsers are those that are told the type.
var typedParsers = map[model.Kind]string{
	model.Bool: "ParseBool", model.Int: "ParseInt", model.Uint: "ParseUint", model.Float: "ParseFloat", model.String: "ParseString",
	model.Duration: "ParseDuration", model.Bytes: "ParseBytes", model.Text: "ParseText",
}

func (v viewer) parser(t *model.Type) string {
	if len(t.Values) > 0 {
		consts := make([]string, len(t.Values))
		for i, value := range t.Values {
			consts[i] = v.file.Qualified(*t.Name, value.Const)
		}
		return "ParseEnum(" + strings.Join(consts, ", ") + ")"
	}
	if plain, ok := parsers[t.Kind]; ok {
		return plain
	}
	return typedParsers[t.Kind] + "[" + v.file.Type(t) + "]"
}

// formats are the functions that write a parameter of a kind.
var formats = map[model.Kind]string{
	model.Bool: "formatBool", model.Int: "formatInt", model.Uint: "formatUint", model.Float: "formatFloat",
	model.String: "formatString", model.Time: "formatTime", model.Duration: "formatDuration", model.UUID: "formatUUID",
	model.Bytes: "formatBytes",
}

// put returns a call that adds the parameter to the query.
func (v viewer) put(p route.Param, value string) string {
	how, t := "putParam", p.Type
	switch t.Kind {
	case model.Pointer:
		how, t = "putOptional", t.Elem
	case model.Slice:
		how, t = "putRepeated", t.Elem
	}
	format := formats[t.Kind]
	if t.Kind == model.Text {
		format = "formatText[" + v.file.Type(t) + "]"
	}
	return how + "(q, " + strconv.Quote(p.Wire) + ", " + value + ", " + format + ")"
}
