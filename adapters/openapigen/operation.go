package openapigen

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/route"
)

// paths describes every route, by path and method.
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
		o = o.with("description", oneLine(r.Method.Doc))
	}
	if parameters := d.parameters(r); len(parameters) > 0 {
		o = o.with("parameters", parameters)
	}
	if r.Body != nil {
		o = o.with("requestBody", object{
			{"required", true},
			{"content", object{{"application/json", object{{"schema", d.schema(r.Body)}}}}},
		})
	}
	return o.with("responses", d.responses(r))
}

// summary returns the words of the method's name, and of what it is about.
func summary(s route.Service, r route.Route) string {
	words := strings.Join(name.Words(r.Method.Name, english.English{}), " ")
	thing := strings.Join(name.Words(s.Entity.Name.Name, english.English{}), " ")
	things := strings.ReplaceAll(tagOf(s), "-", " ")
	switch words {
	case "create", "get", "update", "delete":
		words += " " + article(thing)
	case "list":
		words += " " + things
	default:
		words = things + ": " + words
	}
	return strings.ToUpper(words[:1]) + words[1:]
}

func article(thing string) string {
	if strings.ContainsRune("aeiou", rune(thing[0])) {
		return "an " + thing
	}
	return "a " + thing
}

func (d *document) parameters(r route.Route) []object {
	var all []object
	for _, p := range r.Params {
		switch p.Source {
		case route.Path:
			all = append(all, parameterRef("id"))
		case route.Version:
			all = append(all, parameterRef("if-match"))
		case route.Page:
			all = append(all, parameterRef("limit"), parameterRef("after"))
		case route.Query:
			all = append(all, d.queryParameter(p))
		}
	}
	if r.Verb == http.MethodPost {
		all = append(all, parameterRef("idempotency-key"))
	}
	if isTagged(r) {
		all = append(all, parameterRef("if-none-match"))
	}
	return all
}

// isTagged reports whether the route answers 304 to who has the version.
func isTagged(r route.Route) bool { return r.Verb == http.MethodGet && r.Version() != nil }

// queryParameter describes a parameter of a query, where nothing is null.
func (d *document) queryParameter(p route.Param) object {
	t := p.Type
	o := object{{"name", p.Wire}, {"in", "query"}}
	switch t.Kind {
	case model.Pointer:
		return o.with("schema", d.textSchema(t.Elem))
	case model.Slice:
		return o.with("schema", object{{"type", "array"}, {"items", d.textSchema(t.Elem)}})
	default:
		return o.with("required", true).with("schema", d.textSchema(t))
	}
}

// textSchema returns the schema of a scalar that stands in a query.
func (d *document) textSchema(t *model.Type) object {
	if t.Kind == model.Bytes {
		return object{{"type", "string"}, {"contentEncoding", "base64"}}
	}
	return d.schema(t)
}

// responses describes every answer.
func (d *document) responses(r route.Route) object {
	all := object{{strconv.Itoa(r.Status), d.success(r)}}
	if isTagged(r) {
		all = all.with("304", object{
			{"description", "It is of the version that If-None-Match names."},
			{"headers", object{{"ETag", headerRef("etag")}, {"X-Request-Id", headerRef("request-id")}}},
		})
	}
	for _, status := range problemsOf(r) {
		all = all.with(strconv.Itoa(status), problemRef(status))
	}
	return all.with("default", object{{"$ref", "#/components/responses/Problem"}})
}

// problemsOf returns the statuses of the problems that the route can answer.
func problemsOf(r route.Route) []int {
	asks := r.Has(route.Query) || r.Has(route.Page)
	sends := r.Body != nil
	versioned := r.Has(route.Version)
	posts := r.Verb == http.MethodPost
	var all []int
	for _, c := range []struct {
		status int
		can    bool
	}{
		{http.StatusBadRequest, asks || sends || versioned || posts},
		{http.StatusForbidden, true},
		{http.StatusNotFound, r.Method.Name != "List"},
		{http.StatusConflict, r.Verb != http.MethodGet},
		{http.StatusPreconditionFailed, versioned},
		{http.StatusRequestEntityTooLarge, sends || posts},
		{http.StatusUnsupportedMediaType, sends},
		{http.StatusUnprocessableEntity, true},
		{http.StatusPreconditionRequired, versioned},
		{http.StatusInternalServerError, true},
		{http.StatusServiceUnavailable, true},
	} {
		if c.can {
			all = append(all, c.status)
		}
	}
	return all
}

// success describes the answer to what went well.
func (d *document) success(r route.Route) object {
	o := object{{"description", descriptionOf(r)}}
	headers := object{}
	if r.Creates {
		headers = headers.with("Location", headerRef("location"))
	}
	if r.Version() != nil {
		headers = headers.with("ETag", headerRef("etag"))
	}
	if r.Verb == http.MethodPost {
		headers = headers.with("Idempotency-Replayed", headerRef("idempotency-replayed"))
	}
	o = o.with("headers", headers.with("X-Request-Id", headerRef("request-id")))
	if r.Result == nil {
		return o
	}
	return o.with("content", object{{"application/json", object{{"schema", d.schema(r.Result)}}}})
}

func descriptionOf(r route.Route) string {
	switch {
	case r.Result == nil:
		return "It is done."
	case r.Status == http.StatusCreated:
		return "It was created, as answered."
	case r.Verb == http.MethodGet:
		return "What was asked for."
	case r.Verb == http.MethodPut:
		return "It was changed, and is now as answered."
	default:
		return "It is done, with what came of it."
	}
}
