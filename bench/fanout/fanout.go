// Package fanout is a bus of plain Go channels, as one writes it by hand: each group
// has workers with a channel each, a key belongs to one of them, and a message is
// acknowledged when every group has handled it.
package fanout

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// workers are how many messages of a group are handled at once, as in the kit, and
// ahead is how many wait for each of them.
const (
	workers = 16
	ahead   = 256
)

// Bus is a bus of plain Go channels.
type Bus struct {
	seed   maphash.Seed
	topics map[string][]*group
	work   sync.WaitGroup
}

type group [workers]chan *job

type job struct {
	message   kit.Message
	index     int
	remaining atomic.Int32
	taken     func(int, error)
}

// New returns a bus.
func New() *Bus { return &Bus{seed: maphash.MakeSeed(), topics: map[string][]*group{}} }

// Subscribe begins to deliver a topic to a handler. It is called before Publish.
func (b *Bus) Subscribe(topic string, h kit.Handler) {
	g := &group{}
	for i := range g {
		g[i] = make(chan *job, ahead)
		b.work.Go(func() { work(g[i], h) })
	}
	b.topics[topic] = append(b.topics[topic], g)
}

func work(jobs <-chan *job, h kit.Handler) {
	for j := range jobs {
		for h(context.Background(), j.message) != nil { // again, until it is handled
		}
		if j.remaining.Add(-1) == 0 {
			j.taken(j.index, nil)
		}
	}
}

// Publish hands messages to every group, and calls taken for each that all have handled.
func (b *Bus) Publish(_ context.Context, taken func(int, error), msgs ...kit.Message) {
	jobs := make([]job, len(msgs))
	for i := range jobs {
		j := &jobs[i]
		j.message, j.index, j.taken = msgs[i], i, taken
		to := b.topics[j.message.Topic]
		if len(to) == 0 {
			taken(i, nil)
			continue
		}
		j.remaining.Store(int32(len(to)))
		worker := maphash.String(b.seed, j.message.Key) % workers
		for _, g := range to {
			g[worker] <- j
		}
	}
}

// Close ends the workers.
func (b *Bus) Close() {
	for _, to := range b.topics {
		for _, g := range to {
			for _, jobs := range g {
				close(jobs)
			}
		}
	}
	b.work.Wait()
}
