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
func (s *Server) unmatched(w http.ResponseWriter, r *http.Request) {
	var methods []string
	for _, method := range []string{
		http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	} {
		other := http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.mux.Handler(&other); pattern != "/" {
			methods = append(methods, method)
		}
	}
	if methods == nil {
		Error(w, r, NewProblem(http.StatusNotFound, kit.NotFound, "no such path"))
		return
	}
	allowed := strings.Join(methods, ", ")
	w.Header().Set("Allow", allowed)
	Error(w, r, NewProblem(http.StatusMethodNotAllowed, kit.Invalid, "the path allows only %s", allowed))
}
