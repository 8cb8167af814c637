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
	"id": true, "version": true, "page": true, "idErr": true, "versionErr": true, "inErr": true, "wrongPath": true, "given": true,
	"w": true, "body": true, "content": true,
}

// local returns a name for the variable of a parameter that shadows nothing.
func (v viewer) local(p route.Param) string {
	switch {
	case isID(p):
		return "id"
	case p.Source == route.Version:
		return "version"
	case p.Source == route.Page:
		return "page"
	case p.Source == route.Stream:
		return "body"
	}
	predeclared := types.Universe.Lookup(p.Name) != nil
	if predeclared || taken[p.Name] || v.file.Imported(p.Name) {
		return p.Name + "Value"
	}
	return p.Name
}

// isID reports whether a parameter is a UUID called id in the path, as most have.
func isID(p route.Param) bool {
	return p.Source == route.Path && p.Wire == "id" && p.Type.Kind == model.UUID
}

// readPath returns an expression that reads a parameter of the path.
func (v viewer) readPath(p route.Param) string {
	reader := jsongen.Reader(v.file, p.Type)
	if p.Type.Kind == model.Int || p.Type.Kind == model.Uint {
		reader = "jsoncodec.Plain(" + reader + ")"
	}
	return "pathValue(r, &wrongPath, " + strconv.Quote(p.Wire) + ", " + reader + ")"
}

// writePath returns an expression for a parameter in a path.
func (v viewer) writePath(p route.Param) string {
	if isID(p) {
		return v.text("id", p.Type)
	}
	return "pathText(" + v.local(p) + ", " + jsongen.Appender(v.file, p.Type) + ")"
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

// readFilter returns statements that read the fields of a filter.
func (v viewer) readFilter(p route.Param, to string) []queryView {
	all := []queryView{{Read: "var " + to + " " + v.file.Type(p.Type)}}
	for _, f := range p.Fields {
		all = append(all, queryView{Read: to + "." + f.Name + " = " + v.read(f)})
	}
	return all
}

// readSort returns statements that read an order, if there is one.
func (v viewer) readSort(p route.Param, to string) queryView {
	optional := route.Param{Wire: p.Wire, Type: &model.Type{Kind: model.Pointer, Elem: p.Type}}
	return queryView{Read: "var " + to + " " + v.file.Type(p.Type) + "\n" +
		"if given := " + v.read(optional) + "; given != nil {\n" + to + " = *given\n}"}
}

// putFilter adds what sets the fields of a filter. A list that is empty cannot be sent: what
// it finds is known.
func (v viewer) putFilter(out *routeView, r *route.Route, p route.Param, filter string) {
	for _, f := range p.Fields {
		field := filter + "." + f.Name
		if f.Type.Kind == model.Slice {
			out.Lists = append(out.Lists, field)
		}
		out.Queries = append(out.Queries, queryView{Put: v.put(f, field)})
	}
	switch {
	case r.Result != nil:
		out.Nothing = "*new(" + v.file.Type(r.Result) + "), nil"
	case r.Lines != nil:
		out.Nothing = "func(func(" + v.file.Type(r.Lines) + ", error) bool) {}"
	default:
		out.Nothing = "nil"
	}
}
