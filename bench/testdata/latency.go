package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"example.com/shop/app"
	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
	"example.com/shop/ports"
)

// latencies are how long it took from when orders were committed to when their events
// were handled.
var latencies = struct {
	sync.Mutex
	since map[string]time.Time // by key: when one of both was
	all   []time.Duration
}{since: map[string]time.Time{}}

// tell notes that an order was committed just now, or that its event was handled, which may
// be known earlier.
func tell(key string, handled bool) {
	latencies.Lock()
	defer latencies.Unlock()
	since, ok := latencies.since[key]
	if !ok {
		latencies.since[key] = time.Now()
		return
	}
	delete(latencies.since, key)
	if !handled {
		since = time.Now()
	}
	latencies.all = append(latencies.all, time.Since(since))
}

// timedOrders tells when an order is committed.
type timedOrders struct{ *app.Orders }

func newTimedOrders(store ports.OrderStore, clock kit.Clock) timedOrders {
	return timedOrders{app.NewOrders(store, clock)}
}

func (u timedOrders) Create(ctx context.Context, d order.Details) (order.Order, error) {
	o, err := u.Orders.Create(ctx, d)
	if err == nil {
		tell(o.ID.String(), false)
	}
	return o, err
}

// timedLog tells when an event is handled.
type timedLog struct{ *app.OrderLog }

func newTimedLog(log *slog.Logger) timedLog { return timedLog{app.NewOrderLog(log)} }

func (s timedLog) Handle(ctx context.Context, e kit.Event, key kit.UUID) error {
	tell(e.Key(), true)
	return s.OrderLog.Handle(ctx, e, key)
}

// mountLatencies answers with those since the last request, in nanoseconds, once the events
// of all orders were handled.
func mountLatencies(s *httpserver.Server) {
	s.Mount("GET /latencies", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		latencies.Lock()
		defer latencies.Unlock()
		if len(latencies.since) > 0 {
			return
		}
		for _, l := range latencies.all {
			_, _ = fmt.Fprintln(w, l.Nanoseconds()) // who asks sees that none are there
		}
		latencies.all = nil
	}))
}
