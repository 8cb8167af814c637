package bench

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
	"golang.org/x/sys/unix"

	"github.com/outgrowkit/outgrow/bench/fanout"
	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/chanbus"
)

// messagesPerSecond is what rounds of buses measure.
const messagesPerSecond = "messages/s"

// cpuPerMessage is what they take of processors in this process, beside the server's.
const cpuPerMessage = "CPU µs/message"

var channelRows = []paired.Row{
	{
		Name: "channels-plain", Title: "messages to two groups, acknowledged, in the process", A: "channels bus", B: "plain Go channels",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 0.5}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: carried(onChannels(t)), B: carried(onPlainChannels(t))}
		},
	},
	{
		Name: "channels-watermill", Title: "the same", A: "channels bus", B: "Watermill's GoChannel",
		Lines: []paired.Line{{Figure: messagesPerSecond, AtLeast: 20}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: carried(onChannels(t)), B: carried(onWatermill(t))}
		},
	},
}

// topic and groups are where messages go to.
const topic = "order.created"

var groups = []string{"mail", "audit"}

// letter is as large as an order is in the event of a project.
var letter = []byte(`{"order":{"id":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203","customer":"customer 1","total":42,"notes":"some notes about it","status":"draft",` +
	`"version":1,"created_at":"2026-11-27T12:50:09.123456Z","updated_at":"2026-11-27T12:50:09.123456Z"}}`)

// letters are a batch of messages of as many keys, as a relay publishes them.
func letters(n int) []kit.Message {
	msgs := make([]kit.Message, n)
	for i := range msgs {
		msgs[i] = kit.Message{
			ID: kit.NewUUID(), Topic: topic, Key: "0198c0f2-7d6e-7a3b-8c4d-" + strconv.Itoa(i),
			Time: time.Now().UTC(), Payload: letter,
		}
	}
	return msgs
}

// carrier publishes messages and calls taken for each when all groups have handled it.
type carrier func(ctx context.Context, taken func(int, error), msgs ...kit.Message)

// carried is a round of batches that a carrier takes, each of which is awaited while
// the next one is under way.
func carried(publish carrier) paired.Round {
	msgs := letters(1000)
	return func(t *testing.T, d time.Duration) paired.Figures {
		var pending sync.WaitGroup
		var failed atomic.Pointer[error]
		taken := func(_ int, err error) {
			if err != nil {
				failed.Store(&err)
			}
			pending.Done()
		}
		n, began, spent := 0, time.Now(), ownCPU()
		for time.Since(began) < d {
			pending.Add(len(msgs))
			publish(t.Context(), taken, msgs...)
			n += len(msgs)
		}
		pending.Wait()
		if err := failed.Load(); err != nil {
			t.Fatal(*err)
		}
		return perMessage(n, time.Since(began), ownCPU()-spent)
	}
}

func perMessage(n int, took, spent time.Duration) paired.Figures {
	return paired.Figures{
		messagesPerSecond: float64(n) / took.Seconds(),
		cpuPerMessage:     float64(spent.Microseconds()) / float64(n),
	}
}

// ownCPU returns what this process has used of processors.
func ownCPU() time.Duration {
	var used unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_SELF, &used) // a process may always ask about itself
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// read is a handler that does next to nothing.
func read(handled *atomic.Int64) kit.Handler {
	return func(_ context.Context, m kit.Message) error {
		handled.Add(int64(len(m.Payload)))
		return nil
	}
}

func onChannels(t *testing.T) carrier {
	t.Helper()
	b := chanbus.New(chanbus.Config{})
	t.Cleanup(func() { _ = b.Close() }) // nothing is under way then
	for _, g := range groups {
		if _, err := b.Subscribe(t.Context(), kit.Subscription{Group: g, Topics: []string{topic}}, read(new(atomic.Int64))); err != nil {
			t.Fatal(err)
		}
	}
	return b.Publish
}

func onPlainChannels(t *testing.T) carrier {
	t.Helper()
	b := fanout.New()
	t.Cleanup(b.Close)
	for range groups {
		b.Subscribe(topic, read(new(atomic.Int64)))
	}
	return b.Publish
}

// onWatermill publishes as GoChannel can be waited for: Publish returns when every
// subscriber has acknowledged, so that batches are published side by side.
func onWatermill(t *testing.T) carrier {
	t.Helper()
	b := gochannel.NewGoChannel(gochannel.Config{BlockPublishUntilSubscriberAck: true}, watermill.NopLogger{})
	t.Cleanup(func() { _ = b.Close() })
	for range groups {
		come, err := b.Subscribe(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			handle := read(new(atomic.Int64))
			for m := range come {
				if handle(t.Context(), kit.Message{Payload: m.Payload}) == nil {
					m.Ack()
				}
			}
		}()
	}
	return func(_ context.Context, taken func(int, error), msgs ...kit.Message) {
		for i, m := range msgs {
			taken(i, b.Publish(m.Topic, message.NewMessage(m.ID.String(), m.Payload)))
		}
	}
}
