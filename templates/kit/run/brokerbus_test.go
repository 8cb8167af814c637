package run

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// slowBus answers when it is released.
type slowBus struct {
	kit.Bus
	release chan struct{}
	asked   atomic.Int64
}

func (b *slowBus) Ping(context.Context) error {
	b.asked.Add(1)
	<-b.release // it ignores its context
	return nil
}

func (*slowBus) Backlog(context.Context) (waiting, received map[string]int, err error) {
	return map[string]int{"mail": 12, "stock": 0}, map[string]int{"mail": 3, "stock": 0}, nil
}

// TestMetricsOfTheBus shows that metrics are collected while the bus does not answer, that
// it is not asked again meanwhile, and that it is not asked each time.
func TestMetricsOfTheBus(t *testing.T) {
	b := &slowBus{release: make(chan struct{})}
	c := newBusCollector(b, slog.New(slog.DiscardHandler))
	r := prometheus.NewRegistry()
	r.MustRegister(c)
	metrics := func() string {
		w := httptest.NewRecorder()
		promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
		return w.Body.String()
	}
	for range 2 {
		if got := metrics(); !strings.Contains(got, "\nbus_up 0\n") || strings.Contains(got, "group=") {
			t.Errorf("while the bus does not answer:\n%s", got)
		}
	}
	close(b.release)
	<-c.ask()
	wantText(t, metrics(), "\nbus_up 1\n", `bus_messages_waiting{group="mail"} 12`, `bus_messages_waiting{group="stock"} 0`, `bus_messages_received{group="mail"} 3`)
	if n := b.asked.Load(); n != 1 {
		t.Errorf("the bus was asked %d times", n)
	}
}

// TestGroupsGivenUp shows that groups are logged for which the bus keeps events, and which
// the service does not have.
func TestGroupsGivenUp(t *testing.T) {
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it tells, and returns when the service stops
	if err := tellGivenUp(&slowBus{}, &service{groups: []string{"stock", "other"}}, logger)(ctx); err != nil {
		t.Error(err)
	}
	wantText(t, log.String(), "level=WARN", "group=mail waiting=12")
	if strings.Contains(log.String(), "stock") {
		t.Error(log.String())
	}
}
