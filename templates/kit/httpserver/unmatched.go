package httpserver

import (
	"net/http"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// unmatchedPattern is the route that is logged and measured for requests that match none.
const unmatchedPattern = "unmatched"

// unmatched answers requests that no handler matches: 405 if the path has other methods,
// otherwise 404.
func (s *Server) unmatched(r *Request) (Response, error) {
	allowed := strings.Join(s.allowed(r), ", ")
	if allowed == "" {
		return Response{}, NewProblem(http.StatusNotFound, kit.NotFound, "no such path")
	}
	p := NewProblem(http.StatusMethodNotAllowed, kit.Invalid, "the path allows only %s", allowed)
	p.Header = http.Header{"Allow": {allowed}}
	return Response{}, p
}

// allowed returns the methods that the path has handlers for.
func (s *Server) allowed(r *Request) []string {
	var found []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	} {
		other := http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.mux.Handler(&other); pattern != "" && pattern != "/" {
			found = append(found, method)
		}
	}
	return found
}
