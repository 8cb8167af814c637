package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Check checks a dependency.
type Check struct {
	Name string // such as "store"
	Ping func(context.Context) error
}

// health answers health checks.
type health struct {
	checks   []Check
	log      *slog.Logger
	draining atomic.Bool
	timeout  time.Duration   // for all dependencies to answer
	down     map[string]bool // as last seen; only the current round uses it

	mu      sync.Mutex
	current *round // in progress, or nil
}

func newHealth(checks []Check, log *slog.Logger) *health {
	return &health{checks: checks, log: log, timeout: 2 * time.Second, down: map[string]bool{}}
}

func isHealth(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/-/healthz", "/-/readyz":
		return true
	}
	return false
}

func (h *health) drain() { h.draining.Store(true) }

// readiness is the answer of /readyz.
type readiness struct {
	Status string                `json:"status"` // ready, draining or unavailable
	Checks map[string]dependency `json:"checks"`
}

type dependency struct {
	Status string `json:"status"` // up or down
	Error  string `json:"error,omitempty"`
}

// live answers that the process is running.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// ready answers whether the service should be sent requests, and which dependencies are
// up.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	state := readiness{Status: "ready", Checks: h.ask(r.Context())}
	if state.Checks == nil {
		state.Status = "unavailable"
	}
	for _, d := range state.Checks {
		if d.Status != "up" {
			state.Status = "unavailable"
		}
	}
	if h.draining.Load() {
		state.Status = "draining"
	}
	status := http.StatusOK
	if state.Status != "ready" {
		status = http.StatusServiceUnavailable
	}
	sendJSON(w, status, state)
}

// round is one check of all dependencies. Requests that come meanwhile wait for it
// instead of starting another (single flight), so that health checks put no load on
// dependencies.
type round struct {
	done  chan struct{}
	found map[string]dependency
}

// ask checks the dependencies; it returns nil if ctx ends first.
func (h *health) ask(ctx context.Context) map[string]dependency {
	h.mu.Lock()
	r := h.current
	if r == nil {
		r = &round{done: make(chan struct{}), found: make(map[string]dependency, len(h.checks))}
		h.current = r
		go h.run(context.WithoutCancel(ctx), r)
	}
	h.mu.Unlock()
	select {
	case <-r.done:
		return r.found
	case <-ctx.Done():
		return nil
	}
}

// run checks all dependencies concurrently. It returns in time even if one of them
// ignores its context.
func (h *health) run(ctx context.Context, r *round) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	answers := make([]chan error, len(h.checks))
	for i, c := range h.checks {
		answers[i] = make(chan error, 1)
		go func() { answers[i] <- c.Ping(ctx) }()
	}
	for i, c := range h.checks {
		r.found[c.Name] = h.judge(ctx, c.Name, answerOf(ctx, answers[i]))
	}
	h.mu.Lock()
	h.current = nil
	h.mu.Unlock()
	close(r.done)
}

// answerOf waits for an answer until ctx ends. An answer that is there by then counts:
// it may have been another dependency that used up the time.
func answerOf(ctx context.Context, answer <-chan error) error {
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-answer:
		return err
	default:
		return ctx.Err()
	}
}

// judge logs when a dependency goes down, with the cause, and when it is up again. The
// answer has only the message.
func (h *health) judge(ctx context.Context, name string, err error) dependency {
	if was := h.down[name]; was != (err != nil) {
		h.down[name] = !was
		if err != nil {
			h.log.ErrorContext(ctx, "dependency is down", "dependency", name, "error", err)
		} else {
			h.log.InfoContext(ctx, "dependency is up again", "dependency", name)
		}
	}
	if err == nil {
		return dependency{Status: "up"}
	}
	message := "no answer"
	if e, ok := errors.AsType[*kit.Error](err); ok {
		message = e.Message
	}
	return dependency{Status: "down", Error: message}
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // only called with values that can be marshaled
		panic(err)
	}
	w.Header()["Content-Type"] = contentTypeJSON
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
