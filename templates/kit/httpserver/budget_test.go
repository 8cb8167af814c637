package httpserver

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestBodiesHaveABudget sends far more bodies at once than there is memory for. While none
// is complete, all that it takes is held.
func TestBodiesHaveABudget(t *testing.T) {
	const size, memory, clients = 1 << 20, 8 << 20, 100
	b := serve(t, Config{MaxBody: size, MaxBodyMemory: memory}, nil, func(s *Server) {
		s.Post("/held", func(r *Request) (Response, error) { return Response{Status: http.StatusNoContent}, nil })
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	part := strings.Repeat(" ", size-1)
	answers, sent := make(chan int, clients), make(chan struct{}, clients)
	release := make(chan struct{})
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			body, w := io.Pipe()
			all.Go(func() {
				_, _ = io.WriteString(w, part) // fails if it is refused
				sent <- struct{}{}
				<-release
				_ = w.Close() // a pipe's end always closes
			})
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/held", body)
			if err != nil {
				t.Error(err)
				return
			}
			a, err := http.DefaultTransport.RoundTrip(r)
			_ = body.CloseWithError(io.ErrClosedPipe)
			if err != nil {
				answers <- 0 // refused while it was sent
				return
			}
			_ = a.Body.Close() // it is not read
			if a.StatusCode == http.StatusServiceUnavailable && a.Header.Get("Retry-After") == "" {
				t.Error("Retry-After is missing")
			}
			answers <- a.StatusCode
		})
	}
	for range clients {
		<-sent
	}
	if held := b.bodies.held.Load(); held > memory {
		t.Errorf("%d bytes are held, and %d may be", held, memory)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > clients*size/2 {
		t.Errorf("%d MiB are in use for a budget of %d", m.HeapAlloc>>20, memory>>20)
	}
	close(release)
	all.Wait()
	close(answers)
	count := map[int]int{}
	for status := range answers {
		count[status]++
	}
	if count[204] == 0 || count[204]+count[503]+count[0] != clients { // one may come when another is gone
		t.Errorf("answered %v", count)
	}
	if got := b.do(t, ask{method: "POST", path: "/held", body: "{}"}); got.status != 204 || b.bodies.held.Load() != 0 {
		t.Errorf("afterwards %d bytes are held: %+v", b.bodies.held.Load(), got)
	}
}

// TestAnswersHaveABudget has clients that do not read what they have asked for.
func TestAnswersHaveABudget(t *testing.T) {
	const size, memory = 32 << 20, 64 << 20 // more than the sockets take
	large := func(*Request) (Response, error) { return Response{Body: make([]byte, size)}, nil }
	b := serve(t, Config{MaxBodyMemory: memory}, nil, func(s *Server) {
		s.Get("/large", large)
		s.Post("/large", large)
	})
	ask := func(method string) (status int, leave func()) {
		r, err := http.NewRequestWithContext(t.Context(), method, b.url+"/large", nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		leave = sync.OnceFunc(func() { _ = a.Body.Close() }) // it is not read
		t.Cleanup(leave)
		if a.StatusCode == 503 && a.Header.Get("Retry-After") == "" {
			t.Error("Retry-After is missing")
		}
		return a.StatusCode, leave
	}
	first, leave := ask("GET")
	second, _ := ask("GET")
	third, _ := ask("GET")
	change, _ := ask("POST") // what was done is answered in any case
	if got := [...]int{first, second, third, change}; got != [...]int{200, 200, 503, 200} {
		t.Errorf("answered %v", got)
	}
	leave() // the server sees that the client is gone
	for status := 0; status != 200; {
		status, leave = ask("GET")
		leave()
	}
}

// A body that is promised and does not come holds next to nothing.
func TestPromisedBodies(t *testing.T) {
	var memory budget
	memory.limit = smallBody
	r := &Request{Request: &http.Request{ContentLength: 1 << 30, Body: io.NopCloser(strings.NewReader("{}"))}}
	if err := r.readBody(nil, 1<<30, &memory); err != nil || string(r.body) != "{}" || memory.held.Load() != smallBody {
		t.Errorf("%q, %d bytes, %v", r.body, memory.held.Load(), err)
	}
}
