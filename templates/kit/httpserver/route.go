package httpserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// route is one pattern and the handler that answers it.
type route struct {
	server  *Server
	pattern string
	handler Handler                // nil if an http.Handler is mounted
	timings prometheus.ObserverVec // by status; nil if nothing is measured
	access  slog.Handler           // for a line about each request
	errors  slog.Handler           // for those with a status of 500 or above
}

func newRoute(s *Server, pattern string, h Handler) *route {
	name := []slog.Attr{slog.String("route", pattern)}
	return &route{
		server: s, pattern: pattern, handler: h, timings: s.measure.of(pattern),
		access: s.deps.Access.Handler().WithAttrs(name),
		errors: s.deps.Log.Handler().WithAttrs(name),
	}
}

// ServeHTTP answers one request and logs it.
func (rt *route) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r, cancel := rt.server.newRequest(w, hr)
	defer cancel()
	complete := r.fetch()
	a, err := rt.admit(r, complete)
	var status int
	if err == nil {
		status = r.send(w, &a)
	} else {
		status = r.sendError(w, err)
	}
	rt.log(r, status, err)
}

// admit runs the handler if the gate admits a request that was complete at that time.
func (rt *route) admit(r *Request, complete time.Time) (Response, error) {
	g := rt.server.gate
	if !g.enter(r.Context(), complete) {
		return Response{}, errBusy()
	}
	defer g.leave()
	return rt.call(r)
}

func errBusy() error { return kit.Errorf(kit.Overloaded, "the service is overloaded") }

// call runs the handler and returns a panic as an error.
func (rt *route) call(r *Request) (a Response, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = panicked(cause)
		}
	}()
	return rt.handler(r)
}

// panicError is a panic of a handler, with its stack.
type panicError struct {
	cause any
	stack []byte
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.cause) }

// panicked returns the panic as an error, unless it is meant for net/http.
func panicked(cause any) error {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(cause)
	}
	return &panicError{cause: cause, stack: debug.Stack()}
}

// sendError answers with the problem that the error stands for and returns its status.
func (r *Request) sendError(w http.ResponseWriter, err error) int {
	p := problemOf(err, r.Header["If-Match"] != nil)
	p.RequestID = r.id
	p.send(w)
	return p.Status
}
