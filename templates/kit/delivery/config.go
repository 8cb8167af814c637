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
	if c.Attempts < 0 || c.Attempts > 1000 {
		report("Attempts", "must be from 1 to 1000, or 0 for the default")
	}
	if c.Concurrency < 0 || c.Concurrency > 10_000 {
		report("Concurrency", "must be from 1 to 10000, or 0 for the default")
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
	c.checkTogether(report)
}

// checkTogether reports values that contradict each other.
func (c Config) checkTogether(report func(field, problem string)) {
	c = c.filled()
	if c.MaxBackoff < c.Backoff {
		report("MaxBackoff", "must not be shorter than delivery.backoff")
	}
	retries := time.Duration(c.Attempts) * c.Timeout
	for attempt := 1; attempt < c.Attempts; attempt++ {
		retries += c.backoff(attempt)
	}
	if c.Lease < retries {
		report("Lease", fmt.Sprintf("must be at least %v, which delivery.attempts of delivery.timeout"+
			" with the pauses between them may take: another process would handle the event at the same time", retries))
	}
	if c.Remember < c.Lease {
		report("Remember", "must not be shorter than delivery.lease: an event that is still being delivered would be forgotten")
	}
}

// Counter counts what became of events since the process started.
type Counter struct {
	Published atomic.Int64 // events that the bus has taken
	Handled   atomic.Int64 // deliveries that were handled, repeated ones included
	Retried   atomic.Int64 // attempts that failed and were followed by another
	Buried    atomic.Int64 // events that became dead letters
	Late      atomic.Int64 // attempts that took longer than the Timeout
}
