package httpserver

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// pages are the OpenAPI document and the page that explains it.
type pages struct {
	document, documentTag []byte
	docs                  *docs
}

func newPages(d Deps) (*pages, error) {
	if d.OpenAPI == nil {
		return &pages{}, nil
	}
	docs, err := newDocs(d)
	if err != nil {
		return nil, err
	}
	return &pages{document: d.OpenAPI, documentTag: hashTag(d.OpenAPI), docs: docs}, nil
}

func hashTag(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(hex.AppendEncode([]byte{'"'}, sum[:16]), '"')
}

// ownPage is a page of the server. It is at its path unless a handler has that, and
// always below /-/.
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
	if s.pages.document != nil {
		own = append(own,
			ownPage{"/openapi.json", http.HandlerFunc(s.sendDocument)},
			ownPage{"/docs", s.pages.docs},
		)
	}
	return own
}

func (s *Server) sendDocument(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h["Content-Type"] = contentTypeJSON
	h["Cache-Control"] = []string{"no-cache"}
	h.Set("ETag", string(s.pages.documentTag))
	if (&Request{Request: r}).noneMatch(string(s.pages.documentTag)) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(s.pages.document) // the client may be gone
}
