package httpserver

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Deps are the dependencies of a server. Only Log is required. Idempotency, Tx and Clock
// are used together.
type Deps struct {
	Log    *slog.Logger
	Access *slog.Logger // for a line about each request; by default Log

	// Metrics is for the metrics of the server, and is served at /metrics; nil for neither.
	Metrics *prometheus.Registry

	Checks      []Check      // of dependencies, for /readyz
	Middleware  []Middleware // for all routes but the server's own pages; the first is the outermost
	Idempotency kit.Idempotency
	Tx          kit.Transactor
	Clock       kit.Clock

	OpenAPI []byte // the document in JSON, served at /openapi.json; nil for none
	// Docs is the documentation as an HTML page, served at /docs; nil for none. The URL
	// http://localhost:8080 in it is replaced by the one that the client used.
	Docs []byte
}

// Server serves handlers over HTTP. Add all handlers before the first request.
type Server struct {
	config      Config
	deps        Deps
	mux         *http.ServeMux
	taken       map[string]bool    // patterns that have handlers
	readers     map[string]Handler // for GET, by path
	admission   *admission
	bodies      budget // of the memory for bodies of requests
	answers     budget // of the memory for those of responses to reads
	connections *connections
	durations   *prometheus.HistogramVec // of requests
	health      *health
	listener    net.Listener // once it is started
	isLocal     bool         // it listens on a loopback address
	server      *http.Server
	failed      chan error
	complete    sync.Once
}

// New returns a server. The error is Invalid if the metrics are registered already.
func New(c Config, d Deps) (*Server, error) {
	c = c.filled()
	d.Access = cmp.Or(d.Access, d.Log)
	s := &Server{
		config:      c,
		deps:        d,
		mux:         http.NewServeMux(),
		taken:       map[string]bool{},
		readers:     map[string]Handler{},
		admission:   newAdmission(c.MaxInFlight, c.MaxWait),
		bodies:      budget{limit: int64(c.MaxBodyMemory)},
		answers:     budget{limit: int64(c.MaxBodyMemory)},
		connections: &connections{limit: int64(descriptorLimit(c.MaxConnections))},
		health:      newHealth(d.Checks, d.Log),
		failed:      make(chan error, 1),
	}
	if err := s.addMetrics(); err != nil {
		return nil, err
	}
	s.server = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		WriteTimeout:      c.WriteTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeader,
		ErrorLog:          slog.NewLogLogger(d.Log.Handler(), slog.LevelWarn),
		ConnContext:       s.connections.opened,
		ConnState:         s.connections.changed,
	}
	return s, nil
}

// Get serves GET and HEAD requests for a path such as /orders/{id}. Like the other
// methods that register handlers, it panics if the path conflicts with another one.
// Its response is the state that If-Match and If-None-Match are about, for all methods.
func (s *Server) Get(path string, h Handler) {
	s.readers[path] = h
	s.Mount("GET "+path, h)
}

// Put serves PUT requests.
func (s *Server) Put(path string, h Handler) { s.Mount("PUT "+path, s.guarded(path, false, h)) }

// Patch serves PATCH requests.
func (s *Server) Patch(path string, h Handler) { s.Mount("PATCH "+path, s.guarded(path, false, h)) }

// Delete serves DELETE requests.
func (s *Server) Delete(path string, h Handler) { s.Mount("DELETE "+path, s.guarded(path, false, h)) }

// Post serves POST requests. A request with an Idempotency-Key is handled only once: the
// response is recorded in the transaction that the handler runs in, and sent again if the
// request is repeated. A different request with the same key is answered with 422. Errors
// are not recorded. The handler should not do anything that a rollback cannot undo.
//
// Keys are shared by all callers, unless middleware tells them apart by [WithIdentity].
func (s *Server) Post(path string, h Handler) {
	s.Mount("POST "+path, once(s.deps, s.guarded(path, false, h)))
}

// Versioned serves requests of a method like Put, Patch, Delete or Post, with a handler that
// changes only the version that [Request.Version] returns.
func (s *Server) Versioned(method, path string, h Handler) {
	h = s.guarded(path, true, h)
	if method == http.MethodPost {
		h = once(s.deps, h)
	}
	s.Mount(method+" "+path, h)
}

// Mount serves requests that match a pattern of http.ServeMux, such as "GET /orders.csv",
// with any http.Handler, for responses that are not JSON. The same limits, log and metrics
// apply.
func (s *Server) Mount(pattern string, h http.Handler) {
	for _, wrap := range slices.Backward(s.deps.Middleware) {
		h = wrap(h)
	}
	s.taken[pattern] = true
	s.mux.Handle(pattern, s.route(pattern, h))
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.complete.Do(s.addOwnPages)
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	if !s.serves(r.Host) {
		refuseHost(w, r)
		return
	}
	if len(s.config.AllowOrigins) > 0 && s.crossOrigin(w, r) {
		return
	}
	s.mux.ServeHTTP(w, r)
}

// Start listens and serves in the background; Unavailable if it cannot listen.
func (s *Server) Start(ctx context.Context) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return kit.Wrap(kit.Unavailable, err, "cannot listen on "+s.config.Addr)
	}
	if limit := s.connections.limit; limit < int64(s.config.MaxConnections) {
		s.deps.Log.WarnContext(ctx, "too few file descriptors for the configured number of connections",
			"connections", limit, "configured", s.config.MaxConnections)
	}
	s.listener, s.isLocal = l, l.Addr().(*net.TCPAddr).IP.IsLoopback()
	go func() {
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- kit.Wrap(kit.Unavailable, err, "the HTTP server stopped")
		}
	}()
	return nil
}

// Addr returns the address that a started server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Failed returns a channel that receives an error if the server stops unexpectedly.
func (s *Server) Failed() <-chan error { return s.failed }

// Drain makes /readyz report that the service is not ready. Requests are still served.
func (s *Server) Drain() { s.health.draining.Store(true) }

// Shutdown stops listening and waits until all requests have been answered. If ctx ends
// first, it aborts them and returns Unavailable.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	err := s.server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return kit.Wrap(kit.Unavailable, errors.Join(err, s.server.Close()), "requests were aborted")
}
