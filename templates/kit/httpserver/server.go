package httpserver

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Deps is what a server works with. Log is required, and Idempotency, Tx and
// Clock go together; what else is missing is not served.
type Deps struct {
	Name    string // of the service, as the page of documentation names it
	Version string
	Log     *slog.Logger
	Access  *slog.Logger // for a line about each request; Log where it is nil

	Metrics prometheus.Registerer // takes the server's metrics
	Gather  prometheus.Gatherer   // is served at /metrics

	Checks      []Check // what must answer for the service to be ready
	Idempotency kit.Idempotency
	Tx          kit.Transactor
	Clock       kit.Clock
	OpenAPI     []byte // the document, as JSON
}

// Server serves handlers. Add them all before it starts.
type Server struct {
	config   Config
	deps     Deps
	mux      *http.ServeMux
	taken    map[string]bool // patterns of handlers
	refused  map[string]bool // patterns that are answered 405
	gate     *gate
	measure  *measure
	requests *requestIDs
	pages    *pages
	health   *health
	door     *doorkeeper
	server   *http.Server
	failed   chan error
	sealing  sync.Once
}

// New returns a server; Invalid where the OpenAPI document cannot be read or
// the metrics are taken.
func New(c Config, d Deps) (*Server, error) {
	c = c.filled()
	if d.Access == nil {
		d.Access = d.Log
	}
	s := &Server{
		config:   c,
		deps:     d,
		mux:      http.NewServeMux(),
		taken:    map[string]bool{},
		refused:  map[string]bool{},
		gate:     newGate(c.MaxInFlight, c.MaxWait),
		requests: newRequestIDs(),
		health:   newHealth(d.Checks, d.Log),
		door:     &doorkeeper{limit: int64(c.MaxConnections)},
		failed:   make(chan error, 1),
	}
	var err error
	if s.measure, err = newMeasure(d.Metrics, s); err != nil {
		return nil, err
	}
	s.measure.unmatched = newRoute(s, unmatchedPattern, nil)
	if s.pages, err = newPages(d); err != nil {
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
		ConnContext:       markExcess,
	}
	return s, nil
}

// Handle serves the pattern, such as "GET /orders/{id}", by the handler. It
// panics for a pattern that conflicts with another, as net/http's mux does.
func (s *Server) Handle(pattern string, h Handler) {
	s.add(pattern, newRoute(s, pattern, h))
}

// HandleIdempotent serves the pattern by the handler, and once only for each
// Idempotency-Key: with the same key and the same request, the kept answer is
// sent again, said to be so by Idempotency-Replayed; with the same key and
// another request, it is refused with 422. The handler runs in one transaction
// with keeping its answer, so it should reach nothing that a rollback does not
// undo. Errors are not kept. Requests without a key are handled as they come.
func (s *Server) HandleIdempotent(pattern string, h Handler) {
	if s.deps.Idempotency != nil {
		h = once(s.deps, h)
	}
	s.Handle(pattern, h)
}

// HandlePlain serves the pattern by a handler of net/http, for what is no JSON,
// with the limits, the log and the metrics of the others.
func (s *Server) HandlePlain(pattern string, h http.Handler) {
	s.add(pattern, newPlainRoute(s, pattern, h))
}

func (s *Server) add(pattern string, h http.Handler) {
	s.taken[pattern] = true
	s.mux.Handle(pattern, h)
}

// ServeHTTP serves one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.sealing.Do(s.seal)
	h := w.Header()
	h["X-Content-Type-Options"] = sniffNever
	h["Content-Security-Policy"] = policyNothing
	h["Cache-Control"] = cacheNever
	if len(s.config.AllowOrigins) > 0 && s.crossOrigin(w, r) {
		return
	}
	if s.door.isExcess(r) && !isHealth(r.URL.Path) {
		s.refuse(w, r)
		return
	}
	if unclean(r.URL) {
		s.unmatched(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request) {
	p := newProblem(http.StatusServiceUnavailable, kit.Overloaded, "there are too many connections")
	p.Header = http.Header{"Connection": {"close"}}
	s.answerUnmatched(w, r, p)
}

// Start listens and begins to serve; Unavailable where it cannot listen.
func (s *Server) Start(ctx context.Context) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", s.config.Addr)
	if err != nil {
		return kit.Wrap(kit.Unavailable, err, "cannot listen on "+s.config.Addr)
	}
	limit := descriptorLimit(s.config.MaxConnections)
	if limit < s.config.MaxConnections {
		s.deps.Log.WarnContext(ctx, "fewer connections than configured: the process may not open more files",
			"connections", limit, "configured", s.config.MaxConnections)
	}
	s.door.Listener, s.door.limit = l, int64(limit)
	go func() {
		if err := s.server.Serve(s.door); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- kit.Wrap(kit.Unavailable, err, "the HTTP server has stopped")
		}
	}()
	return nil
}

// Addr returns the address that the server listens on, once it has started.
func (s *Server) Addr() net.Addr { return s.door.Addr() }

// Failed returns a channel that receives why the server has stopped, where
// nobody asked it to.
func (s *Server) Failed() <-chan error { return s.failed }

// Drain makes the service not ready, and goes on serving.
func (s *Server) Drain() { s.health.drain() }

// Shutdown stops listening and waits until every request is answered, or cuts
// them off when ctx ends and returns Unavailable.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	err := s.server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return kit.Wrap(kit.Unavailable, errors.Join(err, s.server.Close()), "requests were cut off")
}
