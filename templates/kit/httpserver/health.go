package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

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
	timeout  time.Duration // for all dependencies to answer

	// flight lets requests that come during a round of checks wait for its result, so
	// that health checks put no load on dependencies.
	flight singleflight.Group
	down   map[string]bool // as last seen; only the current round uses it
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
	state := readiness{Status: "ready", Checks: h.dependencies(r.Context())}
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

// dependencies checks all dependencies; it returns nil if ctx ends first.
func (h *health) dependencies(ctx context.Context) map[string]dependency {
	round := h.flight.DoChan("", func() (any, error) {
		return h.check(context.WithoutCancel(ctx)), nil
	})
	select {
	case r := <-round:
		return r.Val.(map[string]dependency)
	case <-ctx.Done():
		return nil
	}
}

// check pings all dependencies concurrently. It returns in time even if one of them
// ignores its context.
func (h *health) check(ctx context.Context) map[string]dependency {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	type answer struct {
		name string
		err  error
	}
	answers := make(chan answer, len(h.checks))
	found := map[string]dependency{}
	for _, c := range h.checks {
		go func() { answers <- answer{c.Name, c.Ping(ctx)} }()
	}
	for range h.checks {
		select {
		case a := <-answers:
			found[a.name] = h.judge(ctx, a.name, a.err)
		case <-ctx.Done():
		}
	}
	for _, c := range h.checks {
		if _, answered := found[c.Name]; !answered {
			found[c.Name] = h.judge(ctx, c.Name, ctx.Err())
		}
	}
	return found
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
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
