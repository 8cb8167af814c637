package httpserver

import (
	"bytes"
	"html"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// exampleURL is replaced in the documentation, see [Deps].
const exampleURL = "http://localhost:8080"

// docsPolicy allows the page its own style and nothing else.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// addOwnPages adds the server's own pages before the first request, when it is known
// which paths handlers have, and the answer to requests that no handler matches.
func (s *Server) addOwnPages() {
	s.addOwnPage("/healthz", http.HandlerFunc(live))
	s.addOwnPage("/readyz", http.HandlerFunc(s.health.ready))
	if s.deps.Metrics != nil {
		s.addOwnPage("/metrics", promhttp.HandlerFor(s.deps.Metrics, promhttp.HandlerOpts{ErrorLog: s.server.ErrorLog}))
	}
	if s.deps.OpenAPI != nil {
		s.addOwnPage("/openapi.json", http.HandlerFunc(s.sendOpenAPI))
	}
	if s.deps.Docs != nil {
		s.addOwnPage("/docs", http.HandlerFunc(s.sendDocs))
	}
	s.mux.Handle("/", s.route(unmatchedPattern, http.HandlerFunc(s.unmatched)))
}

// addOwnPage serves a page at its path, unless a handler has that path, and below /-/.
func (s *Server) addOwnPage(name string, page http.Handler) {
	for _, path := range []string{name, "/-" + name} {
		if !s.taken["GET "+path] && !s.taken[path] {
			s.mux.Handle("GET "+path, page)
		}
	}
}

// sendOpenAPI answers with the OpenAPI document.
func (s *Server) sendOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.deps.OpenAPI) // the client may be gone
}

// sendDocs answers with the documentation.
func (s *Server) sendDocs(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", docsPolicy)
	h.Set("Referrer-Policy", "no-referrer")
	page := bytes.ReplaceAll(s.deps.Docs, []byte(exampleURL), []byte(html.EscapeString(baseOf(r))))
	_, _ = w.Write(page) // the client may be gone
}

// baseOf returns the URL that the client used to reach the service.
func baseOf(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	const harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:-[]"
	if r.Host == "" || strings.Trim(r.Host, harmless) != "" {
		return exampleURL
	}
	return scheme + "://" + r.Host
}
