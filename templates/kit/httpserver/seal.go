package httpserver

import (
	"net/http"
	"strings"
)

// seal completes the mux before the first request: with the server's own pages, unless
// handlers have their paths, and with the answers to requests that no handler matches.
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

// refuseOtherMethods makes sure that a path such as /orders/latest does not match
// /orders/{id} for a method that it does not have itself.
func (s *Server) refuseOtherMethods() {
	methods := map[string]bool{}
	var paths []string
	for pattern := range s.taken {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			continue // it matches every method
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
