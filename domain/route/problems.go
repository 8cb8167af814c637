package route

import (
	"fmt"
	"net/http"
	"slices"

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
			if first, ok := taken[r.Pattern()]; ok {
				m.problems.Add(r.Method.Pos, fmt.Sprintf("%s and %s would both be served at %s", first, full, r.Pattern()), "rename one of them")
				continue
			}
			taken[r.Pattern()] = full
			if !fits(mux, r.Pattern()) {
				m.problems.Add(r.Method.Pos, fmt.Sprintf("%s would be served at %s, which conflicts with another path", full, r.Pattern()), "rename it")
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
