package httpserver

import (
	"net/http"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func keyed(key, body string) ask {
	return ask{"POST", "/notes", body, http.Header{"Idempotency-Key": {key}}}
}

func TestReplay(t *testing.T) {
	b := serve(t, Config{}, nil)
	first := b.do(t, keyed("k", `{"text":"milk"}`))
	again := b.do(t, keyed("k", `{"text":"milk"}`))
	if first.status != 201 || first.header.Get("Idempotency-Replayed") != "" {
		t.Fatalf("first: %+v", first)
	}
	if again.status != 201 || again.body != first.body || again.header.Get("Idempotency-Replayed") != "true" ||
		again.header.Get("Location") != first.header.Get("Location") || again.header.Get("ETag") != first.header.Get("ETag") {
		t.Fatalf("again: %+v", again)
	}
	if b.ledger.created != 1 {
		t.Errorf("handled %d times", b.ledger.created)
	}
	other := b.do(t, keyed("k", `{"text":"bread"}`))
	if p := other.problem(t); other.status != 422 || p.Code != kit.Invalid {
		t.Errorf("another request with the key: %+v", other)
	}
	b.do(t, ask{method: "POST", path: "/notes", body: `{"text":"milk"}`})
	b.do(t, ask{method: "POST", path: "/notes", body: `{"text":"milk"}`})
	if n := len(b.ledger.notes); n != 3 {
		t.Errorf("%d notes, want those without a key as they come", n)
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	b := serve(t, Config{}, nil)
	if got := b.do(t, keyed("k", `{"text":" "}`)); got.status != 422 {
		t.Fatalf("got %+v", got)
	}
	if got := b.do(t, keyed("k", `{"text":"milk"}`)); got.status != 201 {
		t.Errorf("the key is used up by an error: %+v", got)
	}
}

func TestSameKeyAtOnce(t *testing.T) {
	b := serve(t, Config{}, nil)
	var all sync.WaitGroup
	bodies := make([]string, 16)
	for i := range bodies {
		all.Go(func() { bodies[i] = b.do(t, keyed("k", `{"text":"milk"}`)).body })
	}
	all.Wait()
	for _, body := range bodies {
		if body != bodies[0] || body == "" {
			t.Errorf("answers differ: %s and %s", bodies[0], body)
		}
	}
	if n := len(b.ledger.notes); n != 1 {
		t.Errorf("%d notes, want 1", n)
	}
}

// TestLostRace lets another process answer the same request first.
func TestLostRace(t *testing.T) {
	b := serve(t, Config{}, nil)
	won := b.do(t, keyed("other", `{"text":"milk"}`))
	b.ledger.beforeRemember = func(l *ledger) { l.replies["k"] = l.replies["other"] }
	lost := b.do(t, keyed("k", `{"text":"milk"}`))
	if lost.status != 201 || lost.body != won.body || lost.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("got %+v, want the answer of the one that was first", lost)
	}
	if n := len(b.ledger.notes); n != 1 {
		t.Errorf("%d notes, want 1: what lost was rolled back", n)
	}
}

func TestWithoutIdempotency(t *testing.T) {
	b := serve(t, Config{}, func(d *Deps) { d.Idempotency = nil })
	for range 2 {
		if got := b.do(t, keyed("k", `{"text":"milk"}`)); got.status != 201 {
			t.Fatalf("got %+v", got)
		}
	}
	if n := len(b.ledger.notes); n != 2 {
		t.Errorf("%d notes, want 2", n)
	}
}
