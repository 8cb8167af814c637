// Package route maps the methods of a driving port to HTTP: the method and path, and the
// source of each parameter.
package route

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
)

// Source is the part of a request that a parameter comes from.
type Source string

// The sources.
const (
	Path    Source = "path"    // a part of the path, such as {id}
	Version Source = "version" // If-Match
	Page    Source = "page"    // limit and after in the query
	Query   Source = "query"   // a query parameter
	Filter  Source = "filter"  // several query parameters, which may be left out
	Sort    Source = "sort"    // a query parameter that may be left out
	Body    Source = "body"    // the whole body
	Stream  Source = "stream"  // the body as it is read
	Member  Source = "member"  // a member of the body
)

// Param is a parameter of a method.
type Param struct {
	Name   string // in Go
	Type   *model.Type
	Source Source
	Wire   string  // its name in the path, the query or the body
	Fields []Param // of a filter
	Doc    string
}

// Route is a method of a port as served over HTTP.
type Route struct {
	Method *model.Method
	Verb   string // "GET"
	Path   string // "/orders/{id}"
	Params []Param
	// Body is the type of the body: that of a parameter, or a struct of parameters
	// declared in package jsonwire. It is nil if there is no body.
	Body *model.Type
	// Composed reports whether Body is a struct of parameters.
	Composed bool
	Result   *model.Type   // nil if there is none, or it is a stream
	Lines    *model.Type   // of what the result is a sequence, or nil
	Bytes    bool          // whether the result is bytes
	Status   int           // of a successful response
	Key      *model.Field  // that of the result; nil if it has none
	Creates  bool          // the response has the Location of the result
	Access   *model.Access // who may call it; nil for all callers that are known
}

// IsOpen reports whether everybody may call it.
func (r Route) IsOpen() bool { return r.Access != nil && len(r.Access.Scopes) == 0 }

// Pattern returns the pattern for http.ServeMux.
func (r Route) Pattern() string { return r.Verb + " " + r.Path }

// Has reports whether a parameter comes from the source.
func (r Route) Has(s Source) bool {
	return slices.ContainsFunc(r.Params, func(p Param) bool { return p.Source == s })
}

// Service is a driving port as served over HTTP.
type Service struct {
	Entity *model.Struct
	Offers *model.Interface
	Routes []Route
}

// Of returns the services that a project serves. The error is model.Problems for methods
// that cannot be served and routes that collide.
func Of(p model.Project, l name.Language) ([]Service, error) {
	m := &mapper{module: p.Module, language: l}
	var services []Service
	for _, s := range p.Services {
		if s.Offers == nil {
			continue
		}
		served := Service{Entity: s.Entity, Offers: s.Offers}
		for i := range s.Offers.Methods {
			served.Routes = append(served.Routes, m.route(s, &s.Offers.Methods[i]))
		}
		m.linkCreated(&served)
		services = append(services, served)
		m.scopes(s.Offers, len(p.Adapters["auth"]) > 0)
	}
	m.collisions(services)
	return services, m.problems.Err()
}

// mapper maps the methods of ports to routes.
type mapper struct {
	module   string
	language name.Language
	problems model.Problems
}

// route maps one method.
func (m *mapper) route(s model.Service, method *model.Method) Route {
	port := s.Offers
	r := Route{Method: method, Path: port.Path, Status: http.StatusOK, Access: cmp.Or(method.Access, port.Access)}
	m.check(method)
	m.result(&r)
	if r.Result != nil {
		r.Key = keyOf(r.Result)
	}
	if method.HTTP == nil {
		m.byName(&r, s.Entity)
	} else {
		r.Verb, r.Path = method.HTTP.Verb, method.HTTP.Path
	}
	if method.Name == "Create" && r.Verb == http.MethodPost {
		r.Status = http.StatusCreated
	}
	if method.HTTP != nil && method.HTTP.Status != 0 {
		r.Status = method.HTTP.Status
	}
	for i, p := range method.Params {
		r.Params = append(r.Params, m.param(&r, p, i))
	}
	m.checkStated(&r)
	m.checkStream(&r)
	m.asked(&r)
	m.patch(&r)
	m.body(port, &r)
	m.queryNames(r)
	return r
}

// byName sets how a method is served of which no directive says so.
func (m *mapper) byName(r *Route, entity *model.Struct) {
	rest, method := r.Method.Params, r.Method.Name
	at := ""
	if len(rest) > 0 && isKey(rest[0], entity) {
		at = "/{" + name.SnakeOf(rest[0].Name, m.language) + "}"
		rest = rest[1:]
	}
	r.Verb = verbOf(r, at != "", rest)
	if isPatch(r.Method) {
		r.Verb = http.MethodPatch
	}
	switch {
	case method == "Create" && r.Verb == http.MethodPost: // at the path of the port
	case isPlain(method, r.Verb, at != ""), r.Verb == http.MethodPatch,
		method == "Find" && r.Verb == http.MethodGet && at == "" && takesFilter(r.Method):
		r.Path += at
	default:
		r.Path += at + "/" + name.KebabOf(method, m.language)
	}
}

// isKey reports whether a parameter is the key of what a method is about: a UUID called id,
// or one that is called as the key of the entity.
func isKey(p model.Param, entity *model.Struct) bool {
	if p.Name == "id" && p.Type.Kind == model.UUID {
		return true
	}
	key := entity.Key()
	return key.Key && strings.EqualFold(p.Name, key.Name) && p.Type.Same(key.Type)
}

// isPlain reports whether the method's own name is not part of its path.
func isPlain(method, verb string, atID bool) bool {
	switch method {
	case "Get":
		return verb == http.MethodGet && atID
	case "List":
		return verb == http.MethodGet && !atID
	case "Update":
		return verb == http.MethodPut
	case "Delete":
		return verb == http.MethodDelete
	}
	return false
}

// readers are the first words in the names of methods that change nothing.
var readers = []string{"Get", "List", "Find", "Count", "Exists"}

func verbOf(r *Route, atID bool, rest []model.Param) string {
	method := r.Method.Name
	switch {
	case r.answersStream() && askable(rest): // what is read for as long as one likes changes nothing
		return http.MethodGet
	case method == "Update" && atID:
		return http.MethodPut
	case method == "Delete" && atID && askable(rest):
		return http.MethodDelete
	case slices.ContainsFunc(readers, func(prefix string) bool { return beginsWith(method, prefix) }) && askable(rest):
		return http.MethodGet
	}
	return http.MethodPost
}

// beginsWith reports whether the first word of the name is the word.
func beginsWith(name, word string) bool {
	rest, ok := strings.CutPrefix(name, word)
	return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
}

// askable reports whether all parameters can be sent in the query.
func askable(params []model.Param) bool {
	return !slices.ContainsFunc(params, func(p model.Param) bool { return !isAskable(p.Type) && !p.Type.IsFilter() })
}

func isAskable(t *model.Type) bool {
	switch t.Kind {
	case model.Page:
		return true
	case model.Pointer, model.Slice:
		return t.Elem.IsScalar()
	default:
		return t.IsScalar()
	}
}

// param returns the parameter at index i with its source.
func (m *mapper) param(r *Route, p model.Param, i int) Param {
	out := Param{Name: p.Name, Type: p.Type, Wire: name.SnakeOf(p.Name, m.language), Source: Query}
	isVersion := i == 1 && p.Name == "version" && p.Type.Kind == model.Int && p.Type.Bits == 64 && p.Type.Name == nil
	switch {
	case strings.Contains(r.Path, "{"+out.Wire+"}"):
		out.Source = Path
	case isVersion && r.Params[0].Source == Path && r.Verb != http.MethodGet:
		out.Source = Version
	case p.Type.Kind == model.Page:
		out.Source = Page
	case p.Type.Kind == model.Reader:
		out.Source = Stream
	case carriesBody(r.Verb) && !takesStream(r.Method):
		out.Source = Member
	}
	return out
}

// carriesBody reports whether requests with the verb have a body.
func carriesBody(verb string) bool { return verb != http.MethodGet && verb != http.MethodDelete }

// body sets the body: its only parameter if that is a struct, and otherwise a struct of
// all parameters in the body.
func (m *mapper) body(port *model.Interface, r *Route) {
	var fields []model.Field
	for _, p := range r.Params {
		if p.Source == Member {
			fields = append(fields, model.Field{
				Name: pascal(p.Name, m.language), Wire: p.Wire, Type: p.Type, Pos: r.Method.Pos,
			})
		}
	}
	switch {
	case len(fields) == 0:
	case len(fields) == 1 && fields[0].Type.Kind == model.Record:
		r.Body = fields[0].Type
		i := slices.IndexFunc(r.Params, func(p Param) bool { return p.Source == Member })
		r.Params[i].Source = Body
	default:
		own := model.Name{Path: m.module + "/adapters/jsonwire", Package: "jsonwire", Name: port.Name + r.Method.Name + "Body"}
		r.Composed = true
		r.Body = &model.Type{Kind: model.Record, Name: &own, Struct: &model.Struct{
			Name: own, Fields: fields, Pos: r.Method.Pos,
			Doc: own.Name + " is the body of " + r.Pattern() + ".",
		}}
	}
}

// pascal returns the name of a field for a parameter.
func pascal(identifier string, l name.Language) string {
	var b strings.Builder
	for _, word := range name.Words(identifier, l) {
		if l.Initialism(word) {
			b.WriteString(strings.ToUpper(word))
		} else {
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return b.String()
}

// linkCreated marks routes whose response has a Location, because what they create can
// be read by its key.
func (m *mapper) linkCreated(s *Service) {
	for i := range s.Routes {
		r := &s.Routes[i]
		if r.Status != http.StatusCreated || r.Key == nil {
			continue
		}
		at := "GET " + s.Offers.Path + "/{" + name.SnakeOf(r.Key.Name, m.language) + "}"
		r.Creates = slices.ContainsFunc(s.Routes, func(r Route) bool { return r.Pattern() == at })
	}
}

// keyOf returns the key of a result: of the entity, or of what has an ID; nil if it has none.
func keyOf(result *model.Type) *model.Field {
	if result.Kind != model.Record {
		return nil
	}
	key := result.Struct.Key()
	if key.Type == nil || !key.Key && key.Type.Kind != model.UUID {
		return nil
	}
	return &key
}

// Version returns the type of the result's version, or nil if it has none.
func (r Route) Version() *model.Type { return fieldOf(r.Result, "Version", model.Int) }

// fieldOf returns the type of a struct's field with the name and kind, or nil.
func fieldOf(t *model.Type, field string, kind model.Kind) *model.Type {
	if t == nil || t.Kind != model.Record {
		return nil
	}
	for _, f := range t.Struct.Fields {
		if f.Name == field && f.Type.Kind == kind {
			return f.Type
		}
	}
	return nil
}
