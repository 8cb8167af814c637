package brokertest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Journal is what the members of a group did with messages, whose payloads count
// up from 0 for each key. It sees what the port rules out: a message that is begun
// before an earlier one of its key was handled, and two of a key at once.
type Journal struct {
	mu      sync.Mutex
	handled map[string]int // how many of each key, in order
	busy    map[string]attempt
	faults  []string
	again   int
}

// attempt is a message that a member handles.
type attempt struct {
	member string
	ctx    context.Context
}

// NewJournal returns an empty one.
func NewJournal() *Journal {
	return &Journal{handled: map[string]int{}, busy: map[string]attempt{}}
}

func (j *Journal) begin(ctx context.Context, member string, m kit.Message) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	_, _ = fmt.Sscan(string(m.Payload), &n)
	if n > j.handled[m.Key] {
		j.faults = append(j.faults, fmt.Sprintf("%s began %s/%d when %d had been handled", member, m.Key, n, j.handled[m.Key]))
	}
	if other, ok := j.busy[m.Key]; ok && other.ctx.Err() == nil { // one that was told to end may be slow
		j.faults = append(j.faults, fmt.Sprintf("%s began %s/%d beside %s", member, m.Key, n, other.member))
	}
	j.busy[m.Key] = attempt{member, ctx}
	return n
}

func (j *Journal) end(m kit.Message, n int, handled bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.busy, m.Key)
	switch {
	case handled && n == j.handled[m.Key]:
		j.handled[m.Key]++
	case handled:
		j.again++
	}
}

// Handler handles as a member, failing now and then.
func (j *Journal) Handler(member string, pause time.Duration, failures int) kit.Handler {
	return func(ctx context.Context, m kit.Message) error {
		n := j.begin(ctx, member, m)
		fails := failures > 0 && rand.N(failures) == 0
		if pause > 0 {
			select {
			case <-time.After(rand.N(pause)):
			case <-ctx.Done():
				fails = true
			}
		}
		j.end(m, n, !fails)
		if fails {
			return errors.New("on purpose")
		}
		return nil
	}
}

// Total returns how many messages were handled, each counted once.
func (j *Journal) Total() (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, handled := range j.handled {
		n += handled
	}
	return n
}

// Check waits until so many messages were handled, and reports what the port rules out.
func (j *Journal) Check(t *testing.T, want int) {
	t.Helper()
	for had := 0; had < want; { // as long as it goes on, it may take its time
		Eventually(t, fmt.Sprintf("more than %d of %d messages are handled", had, want), func() bool { return j.Total() > had })
		had = j.Total()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	t.Logf("handled %d, again %d", want, j.again)
	for _, fault := range j.faults[:min(len(j.faults), 10)] {
		t.Error(fault)
	}
}
