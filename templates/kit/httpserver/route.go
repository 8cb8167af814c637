package httpserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// route is one pattern and the handler that serves it, with its middleware.
type route struct {
	server  *Server
	pattern string
	handler http.Handler
	timings prometheus.ObserverVec // by status; nil if there is no registry
	access  *slog.Logger           // for a line about each request
	errors  *slog.Logger           // for those with a status of 500 or above
}

func (s *Server) newRoute(pattern string, h http.Handler) *route {
	return &route{
		server: s, pattern: pattern, handler: h, timings: timingsOf(s.durations, pattern),
		access: s.deps.Access.With("route", pattern),
		errors: s.deps.Log.With("route", pattern),
	}
}

// ServeHTTP serves one request.
func (rt *route) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r, cancel := rt.server.newRequest(w, hr)
	defer cancel()
	sw := &statusWriter{ResponseWriter: w}
	rt.finish(sw, r, rt.serve(sw, r))
}

// serve reads the body, waits until the request is admitted, and runs the handler. The
// body comes first, so that a slow client does not take a slot.
func (rt *route) serve(w *statusWriter, r *Request) error {
	complete, err := r.readBody(w.ResponseWriter)
	if err != nil {
		return err
	}
	admission := rt.server.admission
	if !admission.acquire(r.Context(), complete) {
		return kit.Errorf(kit.Overloaded, "the service is overloaded")
	}
	defer admission.release()
	return recovered(func() { rt.handler.ServeHTTP(w, r.Request) })
}

// finish sends the error, if there is one, and logs the request.
func (rt *route) finish(w *statusWriter, r *Request, err error) {
	if err != nil && w.status != 0 {
		rt.log(r, w.status, err)
		panic(http.ErrAbortHandler) // so that half an answer does not look complete
	}
	if err != nil {
		r.err = err
		r.sendError(w, err)
	}
	rt.log(r, w.sent(), r.err)
}

// panicError is a panic of a handler, with its stack.
type panicError struct {
	cause any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.cause) }

// recovered calls fn and returns its panic as an error, unless it is meant for net/http.
func recovered(fn func()) (err error) {
	defer func() {
		cause := recover()
		if e, ok := cause.(error); ok && errors.Is(e, http.ErrAbortHandler) {
			panic(cause)
		}
		if cause != nil {
			err = &panicError{cause: cause, stack: debug.Stack()}
		}
	}()
	fn()
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
	w.status = w.sent()
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController access to the wrapped writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) sent() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
