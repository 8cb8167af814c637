package httpserver

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// ownPage is a page of the server itself. It is served at its path, unless a handler has
// that path, and always below /-/.
type ownPage struct {
	path    string
	handler http.Handler
}

func (s *Server) ownPages() []ownPage {
	own := []ownPage{
		{"/healthz", http.HandlerFunc(s.health.live)},
		{"/readyz", http.HandlerFunc(s.health.ready)},
	}
	if s.deps.Gather != nil {
		own = append(own, ownPage{"/metrics", promhttp.HandlerFor(s.deps.Gather, promhttp.HandlerOpts{
			ErrorLog: s.server.ErrorLog,
		})})
	}
	if s.deps.OpenAPI != nil {
		own = append(own, ownPage{"/openapi.json", http.HandlerFunc(s.sendOpenAPI)})
	}
	if s.deps.Docs != nil {
		own = append(own, ownPage{"/docs", http.HandlerFunc(s.sendDocs)})
	}
	return own
}

// addOwnPages adds the server's own pages before the first request, when it is known
// which paths handlers have, and the answer to requests that no handler matches.
func (s *Server) addOwnPages() {
	for _, p := range s.ownPages() {
		for _, prefix := range []string{"/-", ""} {
			if path := prefix + p.path; !s.taken["GET "+path] && !s.taken[path] {
				s.mux.Handle("GET "+path, p.handler)
			}
		}
	}
	s.mux.Handle("/", s.rest)
}
