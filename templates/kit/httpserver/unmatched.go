package httpserver

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// unmatchedPattern is the route that requests without one are counted for.
const unmatchedPattern = "unmatched"

// unmatched answers requests for which there is no handler: 405 where another
// method has one, otherwise 404.
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request) {
	allowed := s.allowed(r)
	if len(allowed) == 0 {
		s.answerUnmatched(w, r, newProblem(http.StatusNotFound, kit.NotFound, "there is nothing at this path"))
		return
	}
	p := newProblem(http.StatusMethodNotAllowed, kit.Invalid, "the path answers %s", strings.Join(allowed, ", "))
	p.Header = http.Header{"Allow": {strings.Join(allowed, ", ")}}
	s.answerUnmatched(w, r, p)
}

func (s *Server) answerUnmatched(w http.ResponseWriter, hr *http.Request, p *Problem) {
	r := s.newRequest(w, hr)
	status := r.sendError(w, p)
	s.measure.unmatched.tell(r, status, p)
}

// allowed returns the methods for which the path has a handler.
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

// unclean reports whether the mux would redirect to a cleaner path. There is
// nothing at such a path, and a redirect would lose the method of some clients.
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
