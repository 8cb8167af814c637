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

	"golang.org/x/sync/singleflight"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Check checks a dependency.
type Check struct {
	Name string // such as "store"
	Ping func(context.Context) error
	// Later means that the service can serve without it, and catches up later: while it
	// is down, the service is behind, but ready.
	Later bool
}

// health answers health checks.
type health struct {
	checks   []Check
	log      *slog.Logger
	draining atomic.Bool
	timeout  time.Duration // for all dependencies to answer
	every    time.Duration // between the ends of two rounds of checks

	// flight lets requests that come during a round of checks wait for its result, so
	// that health checks put no load on dependencies. Only the current round uses what
	// follows.
	flight singleflight.Group
	down   map[string]bool // as last seen
	found  map[string]dependency
	ended  time.Time
}

func newHealth(checks []Check, log *slog.Logger) *health {
	return &health{checks: checks, log: log, timeout: 2 * time.Second, every: time.Second, down: map[string]bool{}}
}

// readiness is the answer of /readyz.
type readiness struct {
	Status string                `json:"status"` // ready, behind, draining or unavailable
	Checks map[string]dependency `json:"checks"`
}

type dependency struct {
	Status string `json:"status"` // up or down
	Error  string `json:"error,omitempty"`

	later bool // see Check
}

// live answers that the process is running.
func live(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// ready answers whether the service should be sent requests, and which dependencies are
// up.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	state := readiness{Status: "ready", Checks: h.dependencies(r.Context())}
	for _, d := range state.Checks {
		switch {
		case d.Status == "up":
		case !d.later:
			state.Status = "unavailable"
		case state.Status == "ready":
			state.Status = "behind"
		}
	}
	if h.draining.Load() {
		state.Status = "draining"
	}
	status := http.StatusOK
	if state.Status == "unavailable" || state.Status == "draining" {
		status = http.StatusServiceUnavailable
	}
	sendJSON(w, status, state)
}

// dependencies checks all dependencies, unless that was just done.
func (h *health) dependencies(ctx context.Context) map[string]dependency {
	found, _, _ := h.flight.Do("", func() (any, error) {
		if h.found == nil || time.Since(h.ended) >= h.every {
			h.found = h.check(context.WithoutCancel(ctx)) // for those that wait as well
			h.ended = time.Now()
		}
		return h.found, nil
	})
	return found.(map[string]dependency)
}

// check pings all dependencies concurrently. It returns in time even if one of them
// ignores its context.
func (h *health) check(ctx context.Context) map[string]dependency {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	var all sync.WaitGroup
	errs := make([]error, len(h.checks))
	for i, c := range h.checks {
		all.Go(func() { errs[i] = c.answer(ctx) })
	}
	all.Wait()
	found := map[string]dependency{}
	for i, c := range h.checks {
		d := h.judge(ctx, c.Name, errs[i])
		d.later = c.Later
		found[c.Name] = d
	}
	return found
}

// answer returns what Ping does, or the error of ctx if that ends first.
func (c Check) answer(ctx context.Context) error {
	pinged := make(chan error, 1)
	go func() { pinged <- c.Ping(ctx) }()
	select {
	case err := <-pinged:
		return err
	case <-ctx.Done():
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
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
}
