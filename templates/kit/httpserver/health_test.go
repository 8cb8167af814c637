package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func (b *bench) readiness(t *testing.T) (int, readiness) {
	t.Helper()
	got := b.do(t, ask{method: "GET", path: "/readyz"})
	var state readiness
	if err := json.Unmarshal([]byte(got.body), &state); err != nil {
		t.Fatal(err)
	}
	return got.status, state
}

func TestReadiness(t *testing.T) {
	var down atomic.Bool
	b := serve(t, Config{}, func(d *Deps) {
		d.Checks = []Check{
			{Name: "store", Ping: func(context.Context) error {
				if down.Load() {
					return kit.Wrap(kit.Unavailable, errDisk, "the database does not answer")
				}
				return nil
			}},
			{Name: "bus", Ping: func(context.Context) error {
				if down.Load() {
					return errors.New("no route to 10.0.0.7")
				}
				return nil
			}},
		}
	})
	b.health.every = 0
	for range 2 {
		status, state := b.readiness(t)
		if status != 200 || state.Status != "ready" || state.Checks["store"].Status != "up" || state.Checks["bus"].Status != "up" {
			t.Fatalf("got %d %+v", status, state)
		}
		down.Store(true)
		for range 3 {
			status, state = b.readiness(t)
		}
		if status != 503 || state.Status != "unavailable" ||
			state.Checks["store"] != (dependency{Status: "down", Error: "the database does not answer"}) ||
			state.Checks["bus"] != (dependency{Status: "down", Error: "no answer"}) {
			t.Fatalf("got %d %+v", status, state)
		}
		down.Store(false)
	}
	b.readiness(t)
	if log := b.log.String(); strings.Count(log, errDisk.Error()) != 2 || strings.Count(log, "up again") != 4 {
		t.Errorf("want each change in the log once, with its cause:\n%s", log)
	}
	if got := b.do(t, ask{method: "GET", path: "/healthz"}); got.status != 200 || !strings.Contains(got.body, "alive") {
		t.Errorf("got %+v", got)
	}
}

// A service that can catch up later is ready meanwhile, and says that it is behind.
func TestBehind(t *testing.T) {
	asked, store := 0, error(nil)
	b := serve(t, Config{}, func(d *Deps) {
		d.Checks = []Check{
			{Name: "store", Ping: func(context.Context) error { asked++; return store }},
			{Name: "bus", Ping: func(context.Context) error { return errDisk }, Later: true},
		}
	})
	b.health.every = time.Hour
	for range 3 {
		status, state := b.readiness(t)
		if status != 200 || state.Status != "behind" || state.Checks["bus"].Status != "down" || state.Checks["store"].Status != "up" {
			t.Errorf("got %d %+v", status, state)
		}
	}
	if asked != 1 {
		t.Errorf("the store was tried %d times at once", asked)
	}
	b.health.every, store = 0, errDisk
	if status, state := b.readiness(t); status != 503 || state.Status != "unavailable" {
		t.Errorf("without the store: %d %+v", status, state)
	}
}

// TestHangingCheck has a dependency that minds no context. It says nothing about
// another one, which has answered while the first was waited for.
func TestHangingCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		defer close(hang)
		h := newHealth([]Check{
			{Name: "frozen", Ping: func(context.Context) error { <-hang; return nil }},
			{Name: "store", Ping: func(context.Context) error { return nil }},
		}, slog.New(slog.DiscardHandler))
		for range 20 {
			w := httptest.NewRecorder()
			h.ready(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
			var state readiness
			if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil {
				t.Fatal(err)
			}
			if w.Code != http.StatusServiceUnavailable || state.Checks["frozen"].Status != "down" || state.Checks["store"].Status != "up" {
				t.Fatalf("got %d %+v", w.Code, state)
			}
			time.Sleep(h.every)
		}
	})
}

func TestChecksAreShared(t *testing.T) {
	var asked atomic.Int64
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	b := serve(t, Config{}, func(d *Deps) {
		d.Checks = []Check{{Name: "store", Ping: func(context.Context) error {
			asked.Add(1)
			begun <- struct{}{}
			<-goOn
			return nil
		}}}
	})
	var all sync.WaitGroup
	all.Go(func() { b.health.dependencies(t.Context()) })
	<-begun
	for range 8 {
		all.Go(func() {
			if found := b.health.dependencies(t.Context()); len(found) != 1 {
				t.Errorf("got %v", found)
			}
		})
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the dependency was asked %d times at once", n)
	}
	close(goOn)
	go func() { // whoever came after the round asks again
		for range begun {
		}
	}()
	all.Wait()
	close(begun)
}
