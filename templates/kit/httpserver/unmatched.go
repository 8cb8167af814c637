package httpserver

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// unmatchedPattern is the route that is logged and measured for requests that match none.
const unmatchedPattern = "unmatched"

// unmatched answers requests that no handler matches: 405 if the path has other methods,
// otherwise 404.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 0 {
		s.answerUnmatched(w, r, NewProblem(http.StatusNotFound, kit.NotFound, "no such path"))
		return
	}
	p := NewProblem(http.StatusMethodNotAllowed, kit.Invalid, "the path allows only %s", strings.Join(allowed, ", "))
	p.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	s.answerUnmatched(w, r, p)
}

func (s *Server) answerUnmatched(w http.ResponseWriter, hr *http.Request, p *Problem) {
	r, cancel := s.newRequest(w, hr)
	defer cancel()
	status := r.sendError(w, p)
	s.measure.unmatched.log(r, status, p)
}

// allowed returns the methods that the path has handlers for.
func (s *Server) allowed(r *http.Request) []string {
	if unclean(r.URL) {
		return nil
	}
	var found []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	} {
		ask := http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.mux.Handler(&ask); pattern != "" && pattern != "/" && !s.refused[pattern] {
			found = append(found, method)
		}
	}
	return found
}

// unclean reports whether the mux would redirect to a clean path. The server answers 404
// instead, since some clients follow redirects with another method.
func unclean(u *url.URL) bool {
	if !strings.HasPrefix(u.Path, "/") {
		return true
	}
	if !strings.Contains(u.Path, "//") && !strings.Contains(u.Path, "/.") {
		return false
	}
	p := u.EscapedPath()
	clean := path.Clean(p)
	return p != clean && p != clean+"/"
}
