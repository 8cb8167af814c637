package httpserver

import (
	"bytes"
	"html"
	"net/http"
	"strings"
)

// exampleURL is replaced in the documentation, see [Deps].
const exampleURL = "http://localhost:8080"

// docsPolicy allows the page its own style and nothing else.
const docsPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

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

// sendOpenAPI answers with the OpenAPI document.
func (s *Server) sendOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(s.deps.OpenAPI) // the client may be gone
}
