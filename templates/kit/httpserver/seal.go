package httpserver

import (
	"net/http"
	"strings"
)

// seal adds what follows from the handlers that there are, before the first
// request: the service's own pages, where no handler has their paths, and the
// answers to requests that no handler has.
func (s *Server) seal() {
	for _, p := range s.ownPages() {
		for _, prefix := range []string{"/-", ""} {
			if path := prefix + p.path; !s.taken["GET "+path] && !s.taken[path] {
				s.add("GET "+path, p.handler)
			}
		}
	}
	s.refuseOtherMethods()
	s.mux.HandleFunc("/", s.unmatched)
}

// refuseOtherMethods keeps a path such as /orders/latest from being taken for
// an /orders/{id} by the methods that it does not have itself.
func (s *Server) refuseOtherMethods() {
	methods := map[string]bool{}
	var paths []string
	for pattern := range s.taken {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			continue // it has every method
		}
		methods[method] = true
		if strings.HasPrefix(path, "/") && !strings.Contains(path, "{") {
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		for method := range methods {
			pattern := method + " " + path
			if s.taken[pattern] || s.taken[path] || s.refused[pattern] || method == http.MethodHead {
				continue
			}
			s.refused[pattern] = true
			s.mux.HandleFunc(pattern, s.unmatched)
		}
	}
}
