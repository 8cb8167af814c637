package httpserver

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
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
			{"store", func(context.Context) error {
				if down.Load() {
					return kit.Wrap(kit.Unavailable, errDisk, "the database does not answer")
				}
				return nil
			}},
			{"bus", func(context.Context) error {
				if down.Load() {
					return errors.New("no route to 10.0.0.7")
				}
				return nil
			}},
		}
	})
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
			state.Checks["store"] != (dependency{"down", "the database does not answer"}) ||
			state.Checks["bus"] != (dependency{"down", "no answer"}) {
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

// TestHangingCheck has a dependency that minds no context. It says nothing about
// another one, which has answered while the first was waited for.
func TestHangingCheck(t *testing.T) {
	hang := make(chan struct{})
	b := serve(t, Config{}, func(d *Deps) {
		d.Checks = []Check{
			{"frozen", func(context.Context) error { <-hang; return nil }},
			{"store", func(context.Context) error { return nil }},
		}
	})
	b.health.timeout = 20 * time.Millisecond
	defer close(hang)
	for range 20 {
		status, state := b.readiness(t)
		if status != 503 || state.Checks["frozen"].Status != "down" || state.Checks["store"].Status != "up" {
			t.Fatalf("got %d %+v", status, state)
		}
	}
}

func TestChecksAreShared(t *testing.T) {
	var asked atomic.Int64
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	b := serve(t, Config{}, func(d *Deps) {
		d.Checks = []Check{{"store", func(context.Context) error {
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
