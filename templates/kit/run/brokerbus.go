package run

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// BrokerBus has the metrics of a bus over a server collected, and says at the start for which
// groups it keeps events that nobody handles any more.
func BrokerBus() fx.Option {
	return fx.Options(Metrics(newBusCollector), Background("groups of the bus", tellGivenUp))
}

// backlogged is a bus over a server, which tells how many messages its groups have not
// handled: of those that the server has, and of those that this process has received.
type backlogged interface {
	Backlog(ctx context.Context) (waiting, received map[string]int, err error)
}

var (
	busUp       = prometheus.NewDesc("bus_up", "Whether the bus takes events now.", nil, nil)
	busWaiting  = prometheus.NewDesc("bus_messages_waiting", "Messages on the server of the bus that a group has not handled.", []string{"group"}, nil)
	busReceived = prometheus.NewDesc("bus_messages_received", "Messages that this process has received and not handled.", []string{"group"}, nil)
)

const (
	busInterval = 10 * time.Second // between questions to the bus, however often metrics are collected
	busTimeout  = 2 * time.Second  // for an answer
	busPatience = time.Second      // for an answer, of who collects
)

// busCollector asks the bus when metrics are collected.
type busCollector struct {
	collector
	bus kit.Bus
	log *slog.Logger

	mu       sync.Mutex
	asked    time.Time
	answered chan struct{} // closed when the latest question is answered
	failed   bool          // and was told
	up       float64       // 1 if it takes events
	waiting  map[string]int
	received map[string]int
}

// tellGivenUp returns what logs for which groups the bus keeps events that this version of the
// service does not have. A bus that does not answer is told of elsewhere.
func tellGivenUp(bus kit.Bus, of *service, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		asking, cancel := context.WithTimeout(ctx, 2*busTimeout)
		defer cancel()
		waiting, _, _ := bus.(backlogged).Backlog(asking)
		for group, n := range waiting {
			if !slices.Contains(of.groups, group) {
				log.WarnContext(ctx, "the bus keeps events for a group that this version of the service does not have, until it is given up: see kit/docs/bus.md",
					"group", group, "waiting", n)
			}
		}
		<-ctx.Done()
		return nil
	}
}

func newBusCollector(bus kit.Bus, log *slog.Logger) *busCollector {
	c := &busCollector{bus: bus, log: log, answered: make(chan struct{})}
	close(c.answered)
	c.collector = collector{[]*prometheus.Desc{busUp, busWaiting, busReceived}, c.tell}
	return c
}

// tell sends what the bus answered last, and no groups if it did not answer: the other
// metrics are needed most then.
func (c *busCollector) tell(to chan<- prometheus.Metric) {
	select {
	case <-c.ask():
	case <-time.After(busPatience):
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	to <- prometheus.MustNewConstMetric(busUp, prometheus.GaugeValue, c.up)
	for about, groups := range map[*prometheus.Desc]map[string]int{busWaiting: c.waiting, busReceived: c.received} {
		for group, n := range groups {
			to <- prometheus.MustNewConstMetric(about, prometheus.GaugeValue, float64(n), group)
		}
	}
}

// ask has the bus asked, unless it was not long ago or has yet to answer. It returns what
// is closed when it has.
func (c *busCollector) ask() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.answered:
		if time.Since(c.asked) > busInterval {
			c.asked, c.answered = time.Now(), make(chan struct{})
			go c.measure(c.answered)
		}
	default:
	}
	return c.answered
}

func (c *busCollector) measure(answered chan struct{}) {
	defer close(answered)
	ctx, cancel := context.WithTimeout(context.Background(), busTimeout)
	defer cancel()
	var waiting, received map[string]int
	err := c.bus.Ping(ctx)
	up := map[bool]float64{true: 1}[err == nil]
	if err == nil {
		waiting, received, err = c.bus.(backlogged).Backlog(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && !c.failed {
		c.log.WarnContext(ctx, "cannot measure the bus", "error", err)
	}
	c.failed, c.up, c.waiting, c.received = err != nil, up, waiting, received
}
