package openapigen

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// paths describes the routes by path and method.
func (d *document) paths() object {
	paths := object{}
	for _, s := range d.services {
		for _, r := range s.Routes {
			i := slices.IndexFunc(paths, func(m member) bool { return m.name == r.Path })
			if i < 0 {
				i = len(paths)
				paths = paths.with(r.Path, object{})
			}
			item := paths[i].value.(object)
			paths[i].value = item.with(strings.ToLower(r.Verb), d.operation(s, r))
		}
	}
	return paths
}

func (d *document) operation(s route.Service, r route.Route) object {
	o := object{
		{"operationId", strings.ToLower(s.Offers.Name[:1]) + s.Offers.Name[1:] + r.Method.Name},
		{"tags", []string{tagOf(s)}},
		{"summary", summary(s, r)},
	}
	if r.Method.Doc != "" {
		o = o.with("description", describe(r)+d.describeAccess(r))
	}
	if d.secured {
		o = o.with("security", security(r))
	}
	if parameters := d.parameters(s, r); len(parameters) > 0 {
		o = o.with("parameters", parameters)
	}
	if r.Body != nil {
		o = o.with("requestBody", object{
			{"required", true},
			{"content", object{{bodyType(r.Verb), object{{"schema", d.schema(r.Body)}}}}},
		})
	}
	if r.Has(route.Stream) {
		o = o.with("requestBody", object{
			{"description", describeUpload(r)}, {"required", true}, {"content", object{{bytesType, object{}}}},
		})
	}
	return o.with("responses", d.responses(s, r))
}

// The types of streams.
const (
	linesType = "application/x-ndjson"
	bytesType = "application/octet-stream"
)

// bodyType returns the Content-Type of the body of a request.
func bodyType(verb string) string {
	if verb == http.MethodPatch {
		return "application/merge-patch+json"
	}
	return "application/json"
}

// security returns the schemes of which a request must satisfy one.
func security(r route.Route) []object {
	scopes := []string{}
	switch {
	case r.IsOpen():
		return []object{}
	case r.Access != nil:
		scopes = r.Access.Scopes
	}
	return []object{{{"token", scopes}}}
}

func (d *document) parameters(s route.Service, r route.Route) []object {
	var all []object
	for _, p := range r.Params {
		switch p.Source {
		case route.Path:
			all = append(all, d.pathParameter(s, p))
		case route.Version:
			all = append(all, parameterRef("if-match"))
		case route.Page:
			all = append(all, parameterRef("limit"), parameterRef("after"))
		case route.Query, route.Sort:
			all = append(all, d.queryParameter(p))
		case route.Filter:
			for _, f := range p.Fields {
				all = append(all, d.queryParameter(f))
			}
		}
	}
	if mayMatch(r) {
		all = append(all, parameterRef("if-match-optional"))
	}
	if mayRepeat(r) {
		all = append(all, parameterRef("idempotency-key"))
	}
	if isTagged(r) {
		all = append(all, parameterRef("if-none-match"))
	}
	return all
}

// pathParameter describes a parameter of the path.
func (d *document) pathParameter(s route.Service, p route.Param) object {
	if p.Wire == "id" && p.Type.Kind == model.UUID {
		return parameterRef("id")
	}
	schema := d.textSchema(p.Type)
	if p.Type.Kind == model.String && len(p.Type.Values) == 0 {
		schema = append(object{}, schema...).with("minLength", 1)
	}
	if key := s.Entity.Key(); strings.EqualFold(p.Name, key.Name) && p.Type.Same(key.Type) {
		schema = limited(schema, key.Type, ofKey(model.Rules{}, key))
	}
	return object{{"name", p.Wire}, {"in", "path"}, {"required", true}, {"schema", schema}}
}

// mayMatch reports whether the route changes a resource without requiring If-Match.
func mayMatch(r route.Route) bool {
	return r.Verb != http.MethodGet && r.Has(route.Path) && !r.Has(route.Version) && !r.IsStream()
}

// mayRepeat reports whether the route takes an Idempotency-Key.
func mayRepeat(r route.Route) bool { return r.Verb == http.MethodPost && !r.IsStream() }

// isTagged reports whether the route can answer 304.
func isTagged(r route.Route) bool { return r.Verb == http.MethodGet && r.Version() != nil }

// queryParameter describes a parameter of the query. It cannot be null.
func (d *document) queryParameter(p route.Param) object {
	t := p.Type
	o := object{{"name", p.Wire}, {"in", "query"}}
	if p.Doc != "" {
		o = o.with("description", describeType(p.Doc, p.Name))
	}
	switch {
	case t.Kind == model.Pointer:
		return o.with("schema", d.textSchema(t.Elem))
	case t.Kind == model.Slice:
		return o.with("schema", object{{"type", "array"}, {"items", d.textSchema(t.Elem)}})
	case p.Source == route.Sort:
		return o.with("schema", d.textSchema(t))
	default:
		return o.with("required", true).with("schema", d.textSchema(t))
	}
}

// textSchema returns the schema of a scalar in the query.
func (d *document) textSchema(t *model.Type) object {
	if t.Kind == model.Bytes {
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	}
	return d.schema(t)
}

// responses describes the answers.
func (d *document) responses(s route.Service, r route.Route) object {
	all := object{{strconv.Itoa(r.Status), d.success(s, r)}}
	if isTagged(r) {
		all = all.with("304", object{
			{"description", "The resource still has the version in If-None-Match."},
			{"headers", object{{"ETag", headerRef("etag")}, {"X-Request-Id", headerRef("request-id")}}},
		})
	}
	for _, status := range d.problemsOf(r) {
		all = all.with(strconv.Itoa(status), problemRef(status))
	}
	return all.with("default", object{{"$ref", "#/components/responses/Problem"}})
}

// success describes the successful answer.
func (d *document) success(s route.Service, r route.Route) object {
	o := object{{"description", describeSuccess(s, r)}}
	headers := object{}
	if r.Creates {
		headers = headers.with("Location", headerRef("location"))
	}
	if r.Version() != nil {
		headers = headers.with("ETag", headerRef("etag"))
	}
	if mayRepeat(r) {
		headers = headers.with("Idempotency-Replayed", headerRef("idempotency-replayed"))
	}
	o = o.with("headers", headers.with("X-Request-Id", headerRef("request-id")))
	switch {
	case r.Lines != nil:
		return o.with("content", object{{linesType, object{{"schema", d.schema(r.Lines)}}}})
	case r.Bytes:
		return o.with("content", object{{bytesType, object{}}})
	case r.Result == nil:
		return o
	}
	return o.with("content", object{{"application/json", object{{"schema", d.schema(r.Result)}}}})
}
