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
	// Later means that the service can serve without it, and catches up later: while it
	// is down, the service is behind, but ready.
	Later bool
	Found string // what the command check says if it succeeds
}

// health answers health checks.
type health struct {
	checks   []Check
	log      *slog.Logger
	draining atomic.Bool
	timeout  time.Duration // for all dependencies to answer
	every    time.Duration // between the ends of two rounds of checks

	// mu is held during a round of checks, and guards what follows: requests that come
	// meanwhile wait for its result, so that health checks put no load on dependencies.
	mu    sync.Mutex
	found map[string]dependency // in the last round
	ended time.Time
}

func newHealth(checks []Check, log *slog.Logger) *health {
	return &health{checks: checks, log: log, timeout: 2 * time.Second, every: time.Second}
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
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.found == nil || time.Since(h.ended) >= h.every {
		h.found = h.check(context.WithoutCancel(ctx)) // for those that wait as well
		h.ended = time.Now()
	}
	return h.found
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
		found[c.Name] = h.judge(ctx, c, errs[i])
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
func (h *health) judge(ctx context.Context, c Check, err error) dependency {
	wasDown := h.found[c.Name].Status == "down"
	if err == nil {
		if wasDown {
			h.log.InfoContext(ctx, "dependency is up again", "dependency", c.Name)
		}
		return dependency{Status: "up", later: c.Later}
	}
	if !wasDown {
		h.log.ErrorContext(ctx, "dependency is down", "dependency", c.Name, "error", err)
	}
	message := "no answer"
	if e, ok := errors.AsType[*kit.Error](err); ok {
		message = e.Message
	}
	return dependency{Status: "down", Error: message, later: c.Later}
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client may be gone
}
