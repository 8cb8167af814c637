package httpserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// held is a handler that works until it is let go.
type held struct {
	begun chan struct{}
	goOn  chan struct{}
}

func newHeld() held { return held{make(chan struct{}, 100), make(chan struct{})} }

func (h held) mount(s *Server) {
	s.Get("/held", func(r *Request) (Response, error) {
		h.begun <- struct{}{}
		select {
		case <-h.goOn:
			return Response{Status: http.StatusNoContent}, nil
		case <-r.Context().Done():
			return Response{}, r.Context().Err()
		}
	})
}

// serveDirectly serves a request without a network, so that it can be in a bubble.
func serveDirectly(t *testing.T, s *Server, path string) reply {
	t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	return reply{w.Code, w.Header(), w.Body.String()}
}

// TestOverload is in a bubble, whose time passes only when nothing else does: no
// request is late because the machine is busy.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewRegistry()
		s, err := New(Config{MaxInFlight: 2, MaxWait: time.Millisecond}, Deps{Log: slog.New(slog.DiscardHandler), Metrics: registry})
		if err != nil {
			t.Fatal(err)
		}
		mountNotes(s, newLedger())
		h := newHeld()
		h.mount(s)
		var all sync.WaitGroup
		for range 2 {
			all.Go(func() {
				if got := serveDirectly(t, s, "/held"); got.status != 204 {
					t.Errorf("admitted, and answered %+v", got)
				}
			})
			<-h.begun
		}
		got := serveDirectly(t, s, "/notes")
		if p := got.problem(t); got.status != 503 || p.Code != kit.Overloaded || got.header.Get("Retry-After") == "" {
			t.Errorf("above the limit: %+v", got)
		}
		for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
			if got := serveDirectly(t, s, path); got.status != 200 {
				t.Errorf("%s is not exempt: %+v", path, got)
			}
		}
		close(h.goOn)
		all.Wait()
		if taken := len(s.admission.slots); taken != 0 {
			t.Errorf("%d places are still taken", taken)
		}
	})
}

func TestGate(t *testing.T) {
	g := newAdmission(1, time.Hour)
	if g.acquire(t.Context(), false, time.Now().Add(-2*time.Hour)) {
		t.Error("admits a request that has waited too long")
	}
	if !g.acquire(t.Context(), false, time.Now()) {
		t.Error("a refused request keeps its place")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if g.acquire(gone, false, time.Now()) {
		t.Error("admits more requests than it has places")
	}
	admitted := make(chan bool)
	go func() { admitted <- g.acquire(t.Context(), false, time.Now()) }()
	g.release(false)
	if !<-admitted {
		t.Error("does not admit a waiting request when a place is free")
	}
}

// TestReadsGoOnWhileChangesWait shows that changes which wait for each other take no more
// than their part of the slots, and give back what they have taken.
func TestReadsGoOnWhileChangesWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newAdmission(4, time.Millisecond)
		for range 3 {
			if !g.acquire(t.Context(), true, time.Now()) {
				t.Error("refuses a change that has a slot")
			}
		}
		for range 5 {
			if g.acquire(t.Context(), true, time.Now()) {
				t.Error("admits more changes than their part")
			}
			if !g.acquire(t.Context(), false, time.Now()) {
				t.Error("refuses a read because changes wait")
			}
			g.release(false)
		}
		for range 3 {
			g.release(true)
		}
		for range 4 {
			g.acquire(t.Context(), false, time.Now())
		}
		if g.acquire(t.Context(), true, time.Now()) || len(g.changes) != 0 {
			t.Error("a change that is refused keeps a part of what it waited for")
		}
	})
}

// TestLate shows that late requests are admitted if there are few of them, as after a
// pause of the machine, and refused if there are many.
func TestLate(t *testing.T) {
	g := newAdmission(2*lightLoad, time.Hour)
	late := time.Now().Add(-2 * time.Hour)
	for n := range lightLoad {
		if !g.acquire(t.Context(), false, late) {
			t.Errorf("refuses a late one beside %d", n)
		}
	}
	if g.acquire(t.Context(), false, late) {
		t.Errorf("admits a late one beside %d", lightLoad)
	}
	if !g.acquire(t.Context(), false, time.Now()) {
		t.Errorf("refuses one in time beside %d", lightLoad)
	}
	g.release(false)
	g.release(false)
	if !g.acquire(t.Context(), false, late) {
		t.Error("goes on refusing when the crowd has left")
	}
}

// slowBody sends its text after a while.
type slowBody struct {
	io.Reader
	after time.Duration
}

func (b slowBody) Read(p []byte) (int, error) {
	time.Sleep(b.after) // of the bubble's time
	return b.Reader.Read(p)
}

// TestSlowSender has a body that takes longer to arrive than a request may wait
// or its handler may work, which is not what either limit is about.
func TestSlowSender(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New(Config{}, Deps{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		mountNotes(s, newLedger())
		text := `{"text":"milk"}`
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/notes", slowBody{strings.NewReader(text), 12 * time.Second})
		r.Header.Set("Content-Type", "application/json")
		r.ContentLength = int64(len(text))
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 201 {
			t.Errorf("got %d %s", w.Code, w.Body)
		}
	})
}

func TestRequestTimeout(t *testing.T) {
	h := newHeld()
	b := serve(t, Config{RequestTimeout: time.Millisecond}, nil, h.mount)
	if got := b.do(t, ask{method: "GET", path: "/held"}); got.status != 503 || got.problem(t).Code != kit.Unavailable {
		t.Errorf("got %+v", got)
	}
}

func TestClientGone(t *testing.T) {
	h := newHeld()
	b := serve(t, Config{}, nil, h.mount)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+"/held", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		got, err := http.DefaultClient.Do(r)
		if err == nil {
			err = got.Body.Close()
		}
		done <- err
	}()
	<-h.begun
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for !strings.Contains(b.log.String(), `"level":"INFO","msg":"request","route":"GET /held","path":"/held","status":499`) {
		select {
		case <-t.Context().Done():
			t.Fatal(b.log.String())
		default:
			runtime.Gosched()
		}
	}
}

// started returns a server that listens by itself.
func started(t *testing.T, c Config, mount ...func(*Server)) (b *bench, s *Server) {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	b = serve(t, c, func(d *Deps) { d.Checks = []Check{{Name: "store", Ping: func(context.Context) error { return nil }}} }, mount...)
	if err := b.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.server.Close() })
	b.url = "http://" + b.Addr().String()
	return b, b.Server
}

// raw sends a request over a connection of its own, which stays open. It
// returns the status, 0 where the connection was closed without an answer, and
// whether it is to be closed.
func raw(t *testing.T, addr net.Addr, path string) (c net.Conn, status int, closes bool) {
	t.Helper()
	var d net.Dialer
	c, err := d.DialContext(t.Context(), "tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.Write([]byte("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	got, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return c, 0, true
	}
	_ = got.Body.Close()
	return c, got.StatusCode, got.Close
}

func TestConnections(t *testing.T) {
	b, s := started(t, Config{MaxConnections: 2})
	one, status, _ := raw(t, s.Addr(), "/notes")
	if status != 200 {
		t.Fatalf("within the limit: %d", status)
	}
	raw(t, s.Addr(), "/notes")
	if _, status, closes := raw(t, s.Addr(), "/notes"); status != 503 || !closes {
		t.Errorf("above the limit: %d, closes %v", status, closes)
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if _, status, _ := raw(t, s.Addr(), path); status != 200 {
			t.Errorf("%s above the limit: %d", path, status)
		}
	}
	for range reserve {
		if _, status, _ := raw(t, s.Addr(), "/healthz"); status != 200 && status != 0 {
			t.Errorf("health above the limit: %d", status)
		}
	}
	if _, status, _ := raw(t, s.Addr(), "/healthz"); status != 0 {
		t.Errorf("above the reserve: %d", status)
	}
	before := s.connections.open.Load()
	_ = one.Close()
	for s.connections.open.Load() >= before { // the server sees the end of a connection when it reads
		runtime.Gosched()
	}
	if log := b.log.String(); !strings.Contains(log, `"route":"GET /notes","path":"/notes","status":503`) {
		t.Errorf("what was refused is not logged with its route:\n%s", log)
	}
	if n := s.connections.open.Load(); n < 0 {
		t.Errorf("%d connections are open", n)
	}
}

func TestShutdown(t *testing.T) {
	h := newHeld()
	b, s := started(t, Config{RequestTimeout: time.Minute}, h.mount)
	answered := make(chan reply, 1)
	go func() { answered <- b.do(t, ask{method: "GET", path: "/held"}) }()
	<-h.begun
	s.Drain()
	if got := b.do(t, ask{method: "GET", path: "/readyz"}); got.status != 503 || !strings.Contains(got.body, "draining") {
		t.Errorf("ready while draining: %+v", got)
	}
	if got := b.do(t, ask{method: "GET", path: "/notes"}); got.status != 200 {
		t.Errorf("draining does not serve: %+v", got)
	}
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(t.Context()) }()
	var d net.Dialer
	for {
		c, err := d.DialContext(t.Context(), "tcp", s.Addr().String())
		if err != nil {
			break // it listens no more
		}
		_ = c.Close()
	}
	close(h.goOn)
	if got := <-answered; got.status != 204 {
		t.Errorf("what was under way was answered %+v", got)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
	select {
	case err := <-s.Failed():
		t.Errorf("a shutdown is no failure: %v", err)
	default:
	}
}

func TestShutdownCutsOff(t *testing.T) {
	h := newHeld()
	b, s := started(t, Config{RequestTimeout: time.Minute}, h.mount)
	cut := make(chan error, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/held", http.NoBody)
		if err == nil {
			var got *http.Response
			if got, err = http.DefaultClient.Do(r); err == nil {
				_ = got.Body.Close()
			}
		}
		cut <- err
	}()
	<-h.begun
	now, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Shutdown(now); kit.CodeOf(err) != kit.Unavailable || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := <-cut; err == nil {
		t.Error("the request was not cut off")
	}
}

func TestCannotListen(t *testing.T) {
	_, first := started(t, Config{})
	b := serve(t, Config{Addr: first.Addr().String()}, nil)
	err := b.Start(t.Context())
	if kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), first.Addr().String()) {
		t.Errorf("got %v", err)
	}
}

// TestTakenOver has a handler that takes over its connection, which the server does not
// see any more.
func TestTakenOver(t *testing.T) {
	b, s := started(t, Config{}, func(s *Server) {
		s.Mount("GET /takes", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			_ = c.Close()
		}))
	})
	if _, status, _ := raw(t, s.Addr(), "/takes"); status != 204 {
		t.Errorf("answered %d", status)
	}
	if n := b.connections.open.Load(); n != 0 {
		t.Errorf("%d connections are open", n)
	}
}
