package delivery

import (
	"cmp"
	"fmt"
	"sync/atomic"
	"time"
)

// Config says how patiently events are delivered. Zero values stand for the defaults.
type Config struct {
	Attempts    int           // before an event becomes a dead letter; 10
	Backoff     time.Duration // longest pause after the first attempt, doubled after each; 100ms
	MaxBackoff  time.Duration // longest pause of all; 30s
	Timeout     time.Duration // for one attempt; 30s
	Concurrency int           // concurrent attempts of each group; 64
	Poll        time.Duration // how often to look for new events without being notified; 1s
	Lease       time.Duration // how long a process may hold an event before others may claim it; 15m
	Remember    time.Duration // how long to remember that an event was handled; 168h
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled() Config {
	c.Attempts = cmp.Or(c.Attempts, 10)
	c.Backoff = cmp.Or(c.Backoff, 100*time.Millisecond)
	c.MaxBackoff = cmp.Or(c.MaxBackoff, 30*time.Second)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.Concurrency = cmp.Or(c.Concurrency, 64)
	c.Poll = cmp.Or(c.Poll, time.Second)
	c.Lease = cmp.Or(c.Lease, 15*time.Minute)
	c.Remember = cmp.Or(c.Remember, 7*24*time.Hour)
	return c
}

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	for _, n := range []struct {
		field      string
		value, max int
	}{{"Attempts", c.Attempts, 1000}, {"Concurrency", c.Concurrency, 10_000}} {
		if n.value < 0 || n.value > n.max {
			report(n.field, fmt.Sprintf("must be from 1 to %d, or 0 for the default", n.max))
		}
	}
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"Backoff", c.Backoff}, {"MaxBackoff", c.MaxBackoff}, {"Timeout", c.Timeout},
		{"Poll", c.Poll}, {"Lease", c.Lease}, {"Remember", c.Remember},
	} {
		if d.value < 0 {
			report(d.field, "must not be negative")
		}
	}
}

// Counter counts what became of events since the process started.
type Counter struct {
	published, handled, retried, buried atomic.Int64
}

// Published returns how many events the bus has taken.
func (c *Counter) Published() int64 { return c.published.Load() }

// Handled returns how many deliveries were handled, repeated ones included.
func (c *Counter) Handled() int64 { return c.handled.Load() }

// Retried returns how many attempts failed and were followed by another.
func (c *Counter) Retried() int64 { return c.retried.Load() }

// Buried returns how many events became dead letters.
func (c *Counter) Buried() int64 { return c.buried.Load() }
