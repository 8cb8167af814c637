package httpgen

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// serviceView is the data of the template for a service.
type serviceView struct {
	Port, Offers, Path string // "Orders", "ports.Orders", "/orders"
	Handlers, Client   string // "ordersHandlers", "OrdersClient"
	Names, NamesFrom   string // an expression for the names of fields, and its value if it must be declared
	Handled, Called    []routeView
	Unpublished        string // the methods that are kept from HTTP

	// Whether to declare these, since they are not declared by hand.
	Mount, DeclareHandlers, DeclareClient bool
}

// routeView is one route.
type routeView struct {
	Name, Doc         string
	Register, Path    string      // the beginning of the call that registers it, and its path
	Verb, Target      string      // expressions
	ID, Version, Page bool        // whether it has these parameters
	Paths, Queries    []queryView // parameters of the path other than a UUID called id, and of the query
	Lists             []string    // the fields of a filter that find nothing if they are empty
	Nothing           string      // what is returned then
	Wrong             string      // the errors of what it reads, separated by commas
	Body              *bodyView
	Arguments         string // of a call, each preceded by a comma
	Parameters        string // of the method, each preceded by a comma
	Results           string
	Append            string // the function for the result or its elements; "" if there is none
	Status, Location  string // expressions; "" for none
	Tag               string
	HandlerByHand     bool
	Lines, Bytes      bool   // whether it answers with a stream of either
	Stream            bool   // whether the body of requests is one
	Limit             string // of that, an expression
	Takes, Fail       string // what its handler takes, and what that returns before an error
	Call, Sent        string // the function that the client calls, and what it takes last
}

// queryView is a parameter of the path or the query: the statements that read it, and those
// that set it.
type queryView struct{ Read, Put string }

// bodyView is how a body is read and written.
type bodyView struct{ Decode, Append, Value string }

// viewer makes the view of a service.
type viewer struct {
	hand    map[string]bool
	file    *gofile.File
	names   *jsongen.Names
	service route.Service
}

// newView returns the view of a service. It makes the view twice: the first time
// determines what the file imports, and so which names are left for variables.
func newView(p model.Project, f *gofile.File, names *jsongen.Names, s route.Service) serviceView {
	v := viewer{hand: p.Hand, file: f, names: names, service: s}
	v.view()
	return v.view()
}

func (v viewer) byHand(name string) bool { return v.hand[adapter+"."+name] }

func (v viewer) view() serviceView {
	port := v.service.Offers.Name
	s := serviceView{
		Port: port, Path: v.service.Offers.Path,
		Handlers: camel(port) + "Handlers", Client: port + "Client",
		Mount: !v.byHand("Mount" + port), Unpublished: strings.Join(v.service.Offers.Unpublished, ", "),
	}
	s.DeclareHandlers = !v.byHand(s.Handlers)
	s.DeclareClient = !v.byHand(s.Client)
	if s.Mount || s.DeclareHandlers || s.DeclareClient {
		s.Offers = v.file.Own("ports") + "." + port
	}
	for i := range v.service.Routes {
		r := &v.service.Routes[i]
		s.Handled = append(s.Handled, v.handled(r, v.byHand(s.Handlers+"."+r.Method.Name)))
		if !v.byHand(s.Client + "." + r.Method.Name) {
			s.Called = append(s.Called, v.called(r))
		}
	}
	s.Names, s.NamesFrom = v.namesOfFields()
	return s
}

// titled returns a method such as "GET" as "Get".
func titled(verb string) string { return verb[:1] + strings.ToLower(verb[1:]) }

// camel returns an exported name as an unexported one: httpServers for HTTPServers.
func camel(exported string) string {
	runes := []rune(exported)
	for i, r := range runes {
		if i > 0 && (!unicode.IsUpper(r) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			break
		}
		runes[i] = unicode.ToLower(r)
	}
	return string(runes)
}

// namesOfFields returns an expression for the names of the fields of the entity and of
// all bodies and filters: a variable of package jsonwire, or one that must be declared.
func (v viewer) namesOfFields() (expression, from string) {
	jsonwire := v.file.Own("adapters/jsonwire")
	all := []string{jsonwire + "." + v.names.Fields(v.service.Entity)}
	for _, r := range v.service.Routes {
		for _, s := range r.Named() {
			if name := jsonwire + "." + v.names.Fields(s); !isPartOf(s, v.service.Entity) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	if len(all) == 1 {
		return all[0], ""
	}
	v.file.Std("slices")
	return camel(v.service.Offers.Name) + "FieldNames", strings.Join(all, ", ")
}

// isPartOf reports whether the entity has all fields of the struct, under the same names.
func isPartOf(s, entity *model.Struct) bool {
	for _, f := range s.Fields {
		if !slices.ContainsFunc(entity.Fields, func(other model.Field) bool { return f.Name == other.Name && f.Wire == other.Wire }) {
			return false
		}
	}
	return true
}

// handled returns the view of the route for its handler.
func (v viewer) handled(r *route.Route, byHand bool) routeView {
	out := v.common(r)
	out.HandlerByHand = byHand
	out.Path, out.Register = r.Path, titled(r.Verb)+"("
	v.streamed(r, &out)
	if byHand {
		return out
	}
	if out.Version && !r.IsStream() {
		out.Register = `Versioned("` + r.Verb + `", `
	}
	jsonwire := v.file.Own("adapters/jsonwire")
	for _, p := range r.Params {
		value := v.local(p)
		switch p.Source {
		case route.Path:
			if !isID(p) {
				out.Paths = append(out.Paths, queryView{Read: value + " := " + v.readPath(p)})
			} else if p.Type.Name != nil {
				value = v.file.Type(p.Type) + "(" + value + ")"
			}
		case route.Query:
			out.Queries = append(out.Queries, queryView{Read: value + " := " + v.read(p)})
		case route.Filter:
			out.Queries = append(out.Queries, v.readFilter(p, value)...)
		case route.Sort:
			out.Queries = append(out.Queries, v.readSort(p, value))
		case route.Body:
			value = "in"
		case route.Member:
			value = "in." + memberOf(r, p)
		}
		out.Arguments += ", " + value
	}
	if r.Body != nil {
		out.Body = &bodyView{Decode: jsonwire + "." + v.names.Decode(r.Body)}
	}
	out.Wrong = wrong(out)
	v.answer(r, &out)
	return out
}

// wrong returns the errors of what a handler reads.
func wrong(r routeView) string {
	var all []string
	add := func(reads bool, err string) {
		if reads {
			all = append(all, err)
		}
	}
	add(r.ID, "idErr")
	add(len(r.Paths) > 0, `wrongPath.Err("path")`)
	add(r.Version, "versionErr")
	add(r.Page || len(r.Queries) > 0, "q.Err()")
	add(r.Body != nil, "inErr")
	return strings.Join(all, ", ")
}

// answer fills in how a success is answered.
func (v viewer) answer(r *route.Route, out *routeView) {
	if r.Status != http.StatusOK {
		out.Status = v.file.Std("net/http") + "." + statuses[r.Status]
	}
	if r.Result == nil {
		return
	}
	out.Append = v.file.Own("adapters/jsonwire") + "." + v.names.Append(r.Result)
	if r.Creates {
		out.Location = `"` + v.service.Offers.Path + `/" + ` + v.keyText(r.Key)
	}
	if version := r.Version(); version != nil {
		out.Tag = "out.Version"
		if version.Bits != 64 || version.Name != nil {
			out.Tag = "int64(out.Version)"
		}
	}
}

// statuses are the constants of successful answers.
var statuses = map[int]string{http.StatusCreated: "StatusCreated", http.StatusAccepted: "StatusAccepted", http.StatusNoContent: "StatusNoContent"}

// called returns the view of the route for the client.
func (v viewer) called(r *route.Route) routeView {
	out := v.common(r)
	v.file.Std("context")
	out.Doc = comment(r.Method)
	out.Verb = v.file.Std("net/http") + ".Method" + titled(r.Verb)
	out.Target = v.target(r)
	var members []string
	for _, p := range r.Params {
		value := v.local(p)
		out.Parameters += ", " + value + " " + v.file.Type(p.Type)
		switch p.Source {
		case route.Query:
			out.Queries = append(out.Queries, queryView{Put: v.put(p, value)})
		case route.Filter:
			v.putFilter(&out, r, p, value)
		case route.Sort:
			out.Queries = append(out.Queries, queryView{Put: "if " + value + ` != "" {` + "\n" + v.put(p, value) + "\n}"})
		case route.Body:
			out.Body = &bodyView{Value: value}
		case route.Member:
			members = append(members, memberOf(r, p)+": "+value)
		}
	}
	if out.Page || len(out.Queries) > 0 {
		v.file.Std("net/url")
	}
	jsonwire := v.file.Own("adapters/jsonwire")
	if r.Composed {
		out.Body = &bodyView{Value: jsonwire + "." + r.Body.Struct.Name.Name + "{" + strings.Join(members, ", ") + "}"}
	}
	if r.Body != nil {
		out.Body.Append = jsonwire + "." + v.names.Append(r.Body)
	}
	v.returned(r, &out)
	return out
}

// returned fills in what the client returns, and how it gets that.
func (v viewer) returned(r *route.Route, out *routeView) {
	jsonwire := v.file.Own("adapters/jsonwire")
	out.Results, out.Call = "error", "httpserver.CallNoContent"
	switch {
	case r.Lines != nil:
		out.Results, out.Call = v.file.Type(r.Method.Results[0]), v.file.Own("kit/stream")+".ReceiveLines"
		out.Sent = ", " + jsonwire + "." + v.names.Read(r.Lines)
	case r.Bytes:
		out.Results, out.Call = "("+v.file.Std("io")+".ReadCloser, error)", v.file.Own("kit/stream")+".ReceiveBytes"
	case r.Result != nil:
		out.Results, out.Call = "("+v.file.Type(r.Result)+", error)", "httpserver.Call"
		out.Sent = ", " + jsonwire + "." + v.names.Read(r.Result)
	}
	if r.Has(route.Stream) {
		out.Call = v.file.Own("kit/stream") + ".Send" + strings.TrimPrefix(out.Call, "httpserver.Call")
		out.Sent = ", body" + out.Sent
	}
}

// streamed fills in how a handler is called, and registered if it reads or writes a stream.
func (v viewer) streamed(r *route.Route, out *routeView) {
	out.Lines, out.Bytes, out.Stream = r.Lines != nil, r.Bytes, r.Has(route.Stream)
	out.Takes, out.Fail = "r *httpserver.Request", "httpserver.Response{}, "
	switch {
	case out.Stream:
		out.Takes += ", body " + v.file.Std("io") + ".Reader"
		out.Register, out.Path, out.Limit = "Receive(", r.Pattern(), "httpserver.MaxUpload"
		if r.Method.Limit != nil {
			out.Limit = strconv.FormatInt(r.Method.Limit.Bytes, 10)
		}
	case r.IsStream():
		out.Takes, out.Fail = "w "+v.file.Std("net/http")+".ResponseWriter, "+out.Takes, ""
		out.Register, out.Path = "Send(", r.Pattern()
		v.file.Own("kit/stream")
	}
	if out.Lines {
		out.Append = v.file.Own("adapters/jsonwire") + "." + v.names.Append(r.Lines)
	}
}

// common returns what handler and client have in common.
func (v viewer) common(r *route.Route) routeView {
	return routeView{
		Name: r.Method.Name, ID: slices.ContainsFunc(r.Params, isID), Version: r.Has(route.Version), Page: r.Has(route.Page),
	}
}

// memberOf returns the field of a composed body that holds the parameter.
func memberOf(r *route.Route, p route.Param) string {
	for _, f := range r.Body.Struct.Fields {
		if f.Wire == p.Wire {
			return f.Name
		}
	}
	return ""
}

// target returns an expression for the path.
func (v viewer) target(r *route.Route) string {
	path := `"` + r.Path + `"`
	for _, p := range r.Params {
		if p.Source == route.Path {
			path = strings.Replace(path, "{"+p.Wire+"}", `" + `+v.writePath(p)+` + "`, 1)
		}
	}
	return strings.TrimSuffix(path, ` + ""`)
}

// text returns an expression for the text of an ID.
func (v viewer) text(id string, t *model.Type) string {
	if t.Name != nil {
		id = v.file.Own("kit") + ".UUID(" + id + ")"
	}
	return id + ".String()"
}

// keyText returns an expression for the key of a result in a path.
func (v viewer) keyText(key *model.Field) string {
	if key.Type.Kind == model.UUID {
		return v.text("out."+key.Name, key.Type)
	}
	return "pathText(out." + key.Selector() + ", " + jsongen.Appender(v.file, key.Type) + ")"
}

// comment returns the method's documentation as a comment.
func comment(m *model.Method) string {
	if m.Doc == "" {
		return "// " + m.Name + " calls " + m.Name + " of the service."
	}
	return "// " + strings.ReplaceAll(strings.TrimSpace(m.Doc), "\n", "\n// ")
}
