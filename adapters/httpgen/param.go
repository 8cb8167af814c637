package httpgen

import (
	"go/types"
	"strconv"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// taken are the names of receivers and variables in derived methods.
var taken = map[string]bool{
	"c": true, "h": true, "q": true, "r": true, "in": true, "out": true, "err": true, "ctx": true,
	"id": true, "version": true, "page": true, "idErr": true, "versionErr": true, "inErr": true,
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
	return how + "(q, " + strconv.Quote(p.Wire) + ", " + jsongen.Reader(v.file, t) + ")"
}

// put returns a call that sets a query parameter.
func (v viewer) put(p route.Param, value string) string {
	name := strconv.Quote(p.Wire)
	switch p.Type.Kind {
	case model.Pointer:
		return "httpserver.SetOptional(q, " + name + ", " + value + ", " + jsongen.Appender(v.file, p.Type.Elem) + ")"
	case model.Slice:
		return "httpserver.SetRepeated(q, " + name + ", " + value + ", " + jsongen.Appender(v.file, p.Type.Elem) + ")"
	}
	return "q.Set(" + name + ", jsoncodec.Format(" + value + ", " + jsongen.Appender(v.file, p.Type) + "))"
}
