package route

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// check reports parameters and results of a method that cannot be served.
func (m *mapper) check(method *model.Method) {
	if len(method.Results) > 1 {
		m.problems.Add(method.Pos, method.Name+" has several results besides the error", "return one struct")
	}
	for _, result := range method.Results {
		if result.Kind == model.Page || result.Kind == model.Events {
			m.problems.Add(method.Pos, "the result of "+method.Name+" cannot be sent over HTTP", "return a struct instead")
		}
	}
	pages := 0
	for _, p := range method.Params {
		switch p.Type.Kind {
		case model.Listing, model.Events:
			m.problems.Add(method.Pos, "the parameter "+p.Name+" of "+method.Name+" cannot be sent over HTTP", "take a slice or a struct instead")
		case model.Page:
			pages++
		}
	}
	if pages > 1 {
		m.problems.Add(method.Pos, method.Name+" takes several pages", "take only one")
	}
}

// checkStated reports what a directive says that the method cannot be served with.
func (m *mapper) checkStated(r *Route) {
	stated := r.Method.HTTP
	if stated == nil {
		return
	}
	inPath := map[string]bool{}
	for _, part := range wildcards.FindAllString(r.Path, -1) {
		inPath[part] = true
	}
	var known []string
	for _, p := range r.Params {
		known = append(known, "{"+p.Wire+"}")
		switch {
		case p.Source == Path && !p.Type.IsScalar():
			m.problems.Add(stated.Pos, "the parameter "+p.Name+" of "+r.Method.Name+" is in the path, which has one value for it",
				"take a number, a text, a time or an ID, or leave {"+p.Wire+"} out of the path")
		case p.Source == Query && !isAskable(p.Type):
			m.problems.Add(stated.Pos, noRoom(r)+", and the parameter "+p.Name+" of "+r.Method.Name+" does not fit into a query",
				instead(r))
		}
		delete(inPath, known[len(known)-1])
	}
	for part := range inPath {
		m.problems.Add(stated.Pos, "the path of "+r.Method.Name+" has "+part+", which is none of its parameters",
			strings.TrimPrefix("write "+strings.Join(known, " or ")+", or let it take one of that name", "write , or "))
	}
	m.checkStatus(r)
}

// instead says what to do about a parameter for which there is no room.
func instead(r *Route) string {
	if carriesBody(r.Verb) {
		return "take scalars and slices of them beside it"
	}
	return "use POST or PUT, or take scalars and slices of them"
}

// noRoom says why a parameter is not in the body.
func noRoom(r *Route) string {
	if carriesBody(r.Verb) {
		return "the body of " + r.Method.Name + " is its io.Reader"
	}
	return r.Verb + " carries no body"
}

// wildcards matches the parameters in a path.
var wildcards = regexp.MustCompile(`\{[^}]*\}`)

// statuses are those with which a success can be answered. Others have a meaning that a
// derived handler does not give them.
var statuses = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}

// checkStatus reports a status that does not fit the result.
func (m *mapper) checkStatus(r *Route) {
	switch {
	case !slices.Contains(statuses, r.Status):
		m.problems.Add(r.Method.HTTP.Pos, fmt.Sprintf("%s cannot answer %d", r.Method.Name, r.Status), "use 200, 201, 202 or 204; errors have the statuses of their codes")
	case r.Status == http.StatusNoContent && r.Result != nil:
		m.problems.Add(r.Method.HTTP.Pos, fmt.Sprintf("%s has a result, and %d is without content", r.Method.Name, r.Status), "use 200, 201 or 202, or return the error alone")
	}
}

// scopes reports directives about scopes in a project that checks none.
func (m *mapper) scopes(port *model.Interface, checked bool) {
	all := []*model.Access{port.Access}
	for _, method := range port.Methods {
		all = append(all, method.Access)
	}
	for _, access := range all {
		if access != nil && !checked {
			m.problems.Add(access.Pos, "the project checks no scopes", "run outgrow add port auth first, or remove the directive")
		}
	}
}

// queryNames reports parameters with the same name.
func (m *mapper) queryNames(r Route) {
	taken := map[string]bool{}
	if r.Has(Page) {
		taken["limit"], taken["after"] = true, true
	}
	members := slices.DeleteFunc(slices.Clone(r.Params), func(p Param) bool { return p.Source != Member })
	for _, p := range append(r.Asked(), members...) {
		if taken[p.Wire] {
			m.problems.Add(r.Method.Pos, "two parameters of "+r.Method.Name+" are called "+p.Wire, "rename one of them")
		}
		taken[p.Wire] = true
	}
}

// collisions reports routes that match the same requests.
func (m *mapper) collisions(services []Service) {
	mux := http.NewServeMux()
	taken := map[string]string{}
	for _, s := range services {
		for _, r := range s.Routes {
			full := s.Offers.Name + "." + r.Method.Name
			at, instead := r.Method.Pos, "rename "
			if r.Method.HTTP != nil {
				at, instead = r.Method.HTTP.Pos, "give another path to "
			}
			if first, ok := taken[r.Pattern()]; ok {
				m.problems.Add(at, fmt.Sprintf("%s and %s would both be served at %s", first, full, r.Pattern()), instead+"one of them, or keep one from HTTP with //outgrow:http - above it")
				continue
			}
			taken[r.Pattern()] = full
			if !fits(mux, r.Pattern()) {
				m.problems.Add(at, fmt.Sprintf("%s would be served at %s, which conflicts with another path", full, r.Pattern()), instead+"it")
			}
		}
	}
}

// fits reports whether the mux accepts the pattern.
func fits(mux *http.ServeMux, pattern string) (ok bool) {
	defer func() { ok = recover() == nil }()
	mux.Handle(pattern, http.NotFoundHandler())
	return true
}
