// Package load sends requests over connections that stay open, from one thread, and
// measures how they are answered. It costs a fraction of what net/http's client does,
// so that one core of it is enough for one core of a server.
package load

import (
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Plan is what to send, and for how long.
type Plan struct {
	Addr        string // host:port
	Connections int
	Warm        time.Duration // before anything is counted
	Measured    time.Duration
	// Rate is how many requests arrive in a second, whether those before are answered
	// or not: latency is from when a request should have been sent. 0 sends one on each
	// connection as soon as the one before is answered.
	Rate float64
	// Next returns the next request as it is sent, which is kept until it is answered.
	Next func() []byte
}

// Report is how requests were answered.
type Report struct {
	Requests int64         // that were answered, 2xx
	Refused  int64         // that were answered otherwise
	All      int64         // those that were not counted, too
	Example  string        // of what was answered otherwise
	Took     time.Duration // while they were counted
	P50, P99 time.Duration
}

// PerSecond returns how many requests were answered in a second.
func (r Report) PerSecond() float64 { return float64(r.Requests) / r.Took.Seconds() }

// tally counts answers.
type tally struct {
	latency *hdrhistogram.Histogram // in microseconds
	report  Report
}

func newTally() *tally {
	return &tally{latency: hdrhistogram.New(1, time.Minute.Microseconds(), 3)}
}

func (t *tally) add(answer []byte, took time.Duration) error {
	if !isSuccess(answer) {
		t.report.Refused++
		t.report.Example = string(answer[:min(len(answer), 600)])
		return nil
	}
	t.report.Requests++
	return t.latency.RecordValue(max(1, took.Microseconds()))
}

func (t *tally) result(took time.Duration) Report {
	t.report.Took = took
	t.report.P50 = time.Duration(t.latency.ValueAtQuantile(50)) * time.Microsecond
	t.report.P99 = time.Duration(t.latency.ValueAtQuantile(99)) * time.Microsecond
	return t.report
}

// Err tells of answers that were none, if they are more than one in a hundred. A server
// that is kept from its core by others may refuse some: they do not count as answered.
func (r Report) Err() error {
	if r.Requests > 100*r.Refused {
		return nil
	}
	return fmt.Errorf("%d requests succeeded and %d did not, such as %q", r.Requests, r.Refused, r.Example)
}
