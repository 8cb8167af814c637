package httpserver

import (
	"bytes"
	"io"
	"net/http"
	"time"
)

// Middleware wraps a handler, for authentication for example. It runs once the request
// has been admitted: its context has the request's ID and deadline, its Pattern is that
// of the route, and what it answers is logged and measured. To answer with a problem,
// call [Error].
type Middleware = func(http.Handler) http.Handler

// wrap puts the middleware around a handler, the first outermost.
func (s *Server) wrap(h http.Handler) http.Handler {
	for i := len(s.deps.Middleware) - 1; i >= 0; i-- {
		h = s.deps.Middleware[i](h)
	}
	return h
}

// mount is a route whose answer is written to an http.ResponseWriter.
type mount struct {
	*route
	wrapped http.Handler
}

// ServeHTTP answers one request and logs it.
func (m *mount) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r, cancel := m.server.newRequest(w, hr)
	defer cancel()
	complete := r.arrived
	if m.handler != nil {
		complete = r.fetch()
	}
	seen := &statusWriter{ResponseWriter: w}
	if err := m.admit(seen, r, complete); err != nil {
		if seen.status != 0 {
			m.log(r, seen.status, err)
			panic(http.ErrAbortHandler) // so that half an answer does not look complete
		}
		r.err = err
		seen.status = r.sendError(w, err)
	}
	m.log(r, seen.sent(), r.err)
}

// admit runs the handler if the gate admits a request that was complete at that time.
func (m *mount) admit(w http.ResponseWriter, r *Request, complete time.Time) (err error) {
	g := m.server.gate
	if !g.enter(r.Context(), complete) {
		return errBusy()
	}
	defer g.leave()
	defer func() {
		if cause := recover(); cause != nil {
			err = panicked(cause)
		}
	}()
	if m.handler == nil {
		r.Request.Body = http.MaxBytesReader(w, r.Request.Body, r.limit)
	} else {
		r.Request.Body = io.NopCloser(bytes.NewReader(r.body))
	}
	m.wrapped.ServeHTTP(w, r.Request)
	return nil
}

// innermost is a Handler behind middleware.
type innermost struct{ handler Handler }

// ServeHTTP answers a request as it comes out of the middleware.
func (h innermost) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := requestOf(hr.Context()).with(hr)
	a, err := h.handler(r)
	if err != nil {
		Error(w, hr, err)
		return
	}
	r.send(w, &a)
}

// Error answers with the problem that err stands for and has it logged. It is for
// middleware and for handlers given to [Server.Mount].
func Error(w http.ResponseWriter, hr *http.Request, err error) {
	r := requestOf(hr.Context())
	if r == nil {
		r = &Request{Request: hr} // in a test without a Server
	}
	r.err = err
	r.sendError(w, err)
}

// statusWriter notes the status that is sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and sends it.
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
