package httpserver

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// route returns a handler that serves the requests of a pattern with h, and logs them.
func (s *Server) route(pattern string, h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		r, cancel := s.newRequest(w, hr, pattern)
		defer cancel()
		sw := &statusWriter{ResponseWriter: w}
		err := s.serve(sw, r, h)
		if err != nil && sw.status != 0 {
			s.log(r, sw.status, err)
			panic(http.ErrAbortHandler) // so that half an answer does not look complete
		}
		if err != nil {
			Error(sw, r.Request, err)
		}
		s.log(r, cmp.Or(sw.status, http.StatusOK), r.err)
	}
}

// serve reads the body, waits until the request is admitted, and runs the handler. The
// body comes first, so that a slow client does not take a slot.
func (s *Server) serve(w *statusWriter, r *Request, h http.Handler) error {
	if s.connections.isExcess(r) {
		w.Header().Set("Connection", "close")
		return kit.Errorf(kit.Overloaded, "too many connections")
	}
	defer func() { s.bodies.give(cap(r.body)) }()
	if err := r.readBody(w.ResponseWriter, int64(s.config.MaxBody), &s.bodies); err != nil {
		return err
	}
	if !s.admission.acquire(r.Context(), r.isChange(), time.Now()) {
		return kit.Errorf(kit.Overloaded, "the service is overloaded")
	}
	defer s.admission.release(r.isChange())
	return r.runIn(h, w)
}

// runIn runs the handler and returns its panic as an error, unless it is meant for net/http.
func (r *Request) runIn(h http.Handler, w http.ResponseWriter) (err error) {
	defer func() {
		cause := recover()
		if e, ok := cause.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(cause)
		}
		if cause != nil {
			r.stack = debug.Stack()
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	h.ServeHTTP(w, r.Request)
	return nil
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int // 0 if nothing was sent
}

// WriteHeader sends the status.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body.
func (w *statusWriter) Write(b []byte) (int, error) {
	w.status = cmp.Or(w.status, http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController access to the wrapped writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

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
