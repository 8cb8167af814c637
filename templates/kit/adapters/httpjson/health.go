package httpjson

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// Check asks a dependency whether it answers.
type Check struct {
	Name string // such as "store"
	Ping func(context.Context) error
}

// health answers whether the service lives and is ready.
type health struct {
	checks   []Check
	log      *slog.Logger
	draining atomic.Bool
	mu       sync.Mutex // one at a time: checks are not a way to load dependencies
	down     map[string]bool
}

// patience is how long a dependency has to answer a check.
const patience = 2 * time.Second

func newHealth(checks []Check, log *slog.Logger) *health {
	return &health{checks: checks, log: log, down: map[string]bool{}}
}

func isHealth(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/-/healthz", "/-/readyz":
		return true
	}
	return false
}

func (h *health) drain() { h.draining.Store(true) }

// readiness is what /readyz answers.
type readiness struct {
	Status string                `json:"status"` // ready, draining or unavailable
	Checks map[string]dependency `json:"checks"`
}

type dependency struct {
	Status string `json:"status"` // up or down
	Error  string `json:"error,omitempty"`
}

// live answers that the process does.
func (h *health) live(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// ready answers whether the service should be sent requests, and which
// dependency is the reason if not.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	state := readiness{Status: "ready", Checks: h.ask(r.Context())}
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

// ask asks all dependencies at once.
func (h *health) ask(ctx context.Context) map[string]dependency {
	h.mu.Lock()
	defer h.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	errs := make([]error, len(h.checks))
	var asked sync.WaitGroup
	for i, c := range h.checks {
		asked.Go(func() { errs[i] = c.Ping(ctx) })
	}
	asked.Wait()
	found := make(map[string]dependency, len(h.checks))
	for i, c := range h.checks {
		found[c.Name] = h.judge(ctx, c.Name, errs[i])
	}
	return found
}

// judge logs the cause when a dependency goes down, and when it is back; to
// who asks it tells the message alone.
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
	message := "it does not answer"
	if e, ok := errors.AsType[*domain.Error](err); ok {
		message = e.Message
	}
	return dependency{Status: "down", Error: message}
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil { // only values that can be written are given
		panic(err)
	}
	w.Header()["Content-Type"] = contentTypeJSON
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // who asked may be gone
}
