package httpserver

import (
	"net/http"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// plainRoute is a pattern that a handler of net/http answers.
type plainRoute struct {
	*route
	plain http.Handler
}

func newPlainRoute(s *Server, pattern string, h http.Handler) *plainRoute {
	return &plainRoute{route: newRoute(s, pattern, nil), plain: h}
}

// ServeHTTP answers one request and tells of it.
func (rt *plainRoute) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	r := rt.server.newRequest(w, hr)
	limited := withLimit(hr.Context(), r.arrived.Add(rt.server.config.RequestTimeout))
	defer limited.end()
	r.ctx.Context = limited
	seen := &statusWriter{ResponseWriter: w}
	err := rt.admitPlain(seen, r)
	begun := seen.status != 0
	if err != nil && !begun {
		seen.status = r.sendError(w, err)
	}
	rt.tell(r, seen.sent(), err)
	if err != nil && begun {
		panic(http.ErrAbortHandler) // so that half an answer does not pass for a whole one
	}
}

func (rt *plainRoute) admitPlain(w http.ResponseWriter, r *Request) (err error) {
	g := rt.server.gate
	if !g.enter(&r.ctx, r.arrived) {
		return kit.Errorf(kit.Overloaded, "there is too much to do")
	}
	defer g.leave()
	defer func() {
		if cause := recover(); cause != nil {
			err = panicked(cause)
		}
	}()
	hr := r.WithContext(&r.ctx)
	hr.Body = http.MaxBytesReader(w, hr.Body, r.limit)
	rt.plain.ServeHTTP(w, hr)
	return nil
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

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) sent() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
