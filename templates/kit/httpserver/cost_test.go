//go:build !race

package httpserver

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// sink takes an answer and keeps its headers, as net/http does for one request.
type sink struct{ header http.Header }

func (w *sink) Header() http.Header         { return w.header }
func (w *sink) Write(b []byte) (int, error) { return len(b), nil }
func (w *sink) WriteHeader(int)             {}

const onePath = "/notes/0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"

// lean returns a server with metrics and a log, as a project has it.
func lean(tb testing.TB, h slog.Handler) *Server {
	tb.Helper()
	s, err := New(Config{}, Deps{
		Log:     slog.New(h),
		Metrics: prometheus.NewRegistry(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	body := []byte(`{"id":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"}`)
	s.Get("/notes/{id}", func(r *Request) (Response, error) {
		_, err := r.PathUUID("id")
		return Response{Version: 3, Body: body}, err
	})
	return s
}

// TestAllocations limits what a request allocates beside its handler: the values of
// the path, headers, metrics, the request with its ID and tag, and the timer of its
// deadline. The race detector allocates too, and is excluded.
func TestAllocations(t *testing.T) {
	const limit = 24
	s := lean(t, slog.DiscardHandler) // slog's own handlers keep buffers, or lose them to the collector
	r := httptest.NewRequest(http.MethodGet, onePath, http.NoBody)
	got := testing.AllocsPerRun(100, func() { s.ServeHTTP(&sink{http.Header{}}, r) })
	if got > limit {
		t.Errorf("%v allocations, want at most %d", got, limit)
	}
}

func BenchmarkGet(b *testing.B) {
	s := lean(b, slog.NewJSONHandler(io.Discard, nil))
	r := httptest.NewRequest(http.MethodGet, onePath, http.NoBody)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(&sink{http.Header{}}, r)
	}
}
