package brokertest

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// heavy shows that a member holds a few of the large messages that wait for it, and handles
// all: who receives them is not to run out of memory.
func heavy(t *testing.T, b Broker) {
	const keys, each, size, most = 40, 10, 256 << 10, 56 << 20
	c := b.settings(t)
	bus, j := b.Open(t, c), NewJournal()
	if err := Subscribe(t, bus, "g", nil)(t.Context()); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(rest) // never fails; it cannot be compressed
	for n := range each {                         // a server may take less at once
		msgs := Series(keys, n, 1)
		for i := range msgs {
			msgs[i].Payload = append(append(msgs[i].Payload, ' '), rest...)
		}
		MustPublish(t, bus, msgs...)
	}
	before := live()
	release, began := make(chan struct{}), make(chan struct{})
	begin := sync.OnceFunc(func() { close(began) })
	Subscribe(t, bus, "g", func(ctx context.Context, m kit.Message) error {
		begin()
		select {
		case <-release:
		case <-ctx.Done():
		}
		return j.Handler("g", 0, 0)(ctx, m)
	})
	<-began
	held, peak := 0, 0
	for range 10 { // what comes later is not seen
		time.Sleep(200 * time.Millisecond)
		held = live() - before
		peak = max(peak, held)
	}
	t.Logf("%d MiB are held of %d MiB that wait, and were up to %d MiB while they came", held>>20, keys*each*size>>20, peak>>20)
	if held > most {
		t.Errorf("that is more than %d MiB", most>>20)
	}
	close(release)
	j.Check(t, keys*each)
}

// live returns how many bytes are in use.
func live() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
