package bustest

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// log records what a handler received.
type log struct {
	mu       sync.Mutex
	received []kit.Message
	changed  chan struct{}
}

func newLog() *log { return &log{changed: make(chan struct{}, 1)} }

func (l *log) add(m kit.Message) {
	l.mu.Lock()
	l.received = append(l.received, m)
	l.mu.Unlock()
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

func (l *log) handle(_ context.Context, m kit.Message) error {
	l.add(m)
	return nil
}

func (l *log) messages() []kit.Message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.received)
}

// await waits until n messages were received and returns them.
func (l *log) await(t *testing.T, n int) []kit.Message {
	t.Helper()
	timeout := time.After(patience)
	for {
		if got := l.messages(); len(got) >= n {
			return got
		}
		select {
		case <-l.changed:
		case <-timeout:
			t.Fatalf("%d messages arrived, want %d", len(l.messages()), n)
		}
	}
}
