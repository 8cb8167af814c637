package load

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func ask(path string) func() []byte {
	request := []byte("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
	return func() []byte { return request }
}

func TestRunReadsEveryAnswer(t *testing.T) {
	for _, size := range []int{0, 10, 3000, 100_000} {
		var served atomic.Int64
		addr := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			served.Add(1)
			_, _ = w.Write([]byte(strings.Repeat("0", size))) // chunked, where it is long
		})
		r, err := Run(Plan{Addr: addr, Connections: 3, Measured: 50 * time.Millisecond, Next: ask("/")})
		if err != nil || r.Err() != nil {
			t.Fatal(err, r.Err())
		}
		if n := served.Load(); r.Requests < n-3 || r.Requests > n {
			t.Errorf("%d bytes: counted %d of %d answers", size, r.Requests, n)
		}
	}
}

func TestRunTellsRefusals(t *testing.T) {
	addr := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	r, err := Run(Plan{Addr: addr, Connections: 1, Measured: 10 * time.Millisecond, Next: ask("/")})
	if err != nil {
		t.Fatal(err)
	}
	if r.Err() == nil || !strings.Contains(r.Err().Error(), "503") {
		t.Errorf("got %v", r.Err())
	}
}

// With a rate, a server that stands still for a while makes all wait that arrive
// meanwhile, and not only the few that it was asked.
func TestRunCountsTheWait(t *testing.T) {
	const stall = 100 * time.Millisecond
	var first atomic.Bool
	addr := serve(t, func(http.ResponseWriter, *http.Request) {
		if first.CompareAndSwap(false, true) {
			time.Sleep(stall) // the stall that is measured
		}
	})
	r, err := Run(Plan{Addr: addr, Connections: 1, Measured: 2 * stall, Rate: 500, Next: ask("/")})
	if err != nil || r.Err() != nil {
		t.Fatal(err, r.Err())
	}
	if r.P99 < stall*9/10 || r.P50 < stall/100 {
		t.Errorf("p50 %v, p99 %v with a stall of %v", r.P50, r.P99, stall)
	}
}

func TestRunStaysOnThisMachine(t *testing.T) {
	if _, err := Run(Plan{Addr: "192.0.2.1:80", Connections: 1, Next: ask("/")}); err == nil {
		t.Error("it connects to another machine")
	}
}
