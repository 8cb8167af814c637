package brokerbus

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// Members knows which processes have the bus of a service, this one included, where the
// broker does not tell. Each says in heartbeats what it is and does, and hears what all
// of them say. It holds a Claim for as long as it hears itself.
type Members struct {
	Self  string // the name of this one
	Claim *Claim

	lease time.Duration
	say   func(ctx context.Context, heartbeat []byte) error
	more  func() any
	soon  chan struct{} // signalled when this one has something to say
	end   context.CancelFunc
	ended sync.WaitGroup

	mu     sync.Mutex
	known  map[string]member // by name
	groups map[string]*sharing
	clock  int64
	next   *round // the heartbeat that is yet to be said
	said   uint64 // how often this one has spoken
	heard  chan struct{}
	since  time.Time // since when it has heard everything
}

// member is what was last heard of one.
type member struct {
	heartbeat
	latest time.Time
}

// heartbeat is what a member says.
type heartbeat struct {
	Member string                `json:"member"`
	Said   uint64                `json:"said"`
	Gone   bool                  `json:"gone,omitempty"`
	Clock  int64                 `json:"clock"`
	Groups map[string]membership `json:"groups"`
	More   json.RawMessage       `json:"more,omitempty"`
}

// membership is what a member does in a group.
type membership struct {
	Topics []string `json:"topics"` // that this version of the service handles, sorted; none if it is about to leave
	Holds  []int    `json:"holds"`  // the partitions whose messages it may be handling
}

// round is a heartbeat that several may wait for.
type round struct {
	over chan struct{}
	err  error
}

// NewMembers returns members of which none is known yet. say publishes a heartbeat to all,
// and returns when the broker has it. more, if not nil, returns what is told beside.
func NewMembers(lease time.Duration, say func(ctx context.Context, heartbeat []byte) error, more func() any) *Members {
	m := &Members{
		Self: kit.NewUUID().String(), lease: lease, say: say, more: more, soon: make(chan struct{}, 1),
		known: map[string]member{}, groups: map[string]*sharing{}, next: &round{over: make(chan struct{})}, since: time.Now(),
	}
	m.Claim = NewClaim(lease, m.speak)
	return m
}

// Start begins to say heartbeats.
func (m *Members) Start() {
	ctx, end := context.WithCancel(context.Background())
	m.end = end
	m.ended.Go(func() {
		for ctx.Err() == nil {
			m.round(m.Claim.Renew)
			_ = retry.Wait(ctx, shortestRound) // those that come meanwhile share the next one
			select {
			case <-ctx.Done():
			case <-m.soon:
			case <-time.After(m.lease / 8):
			}
		}
		m.round(m.leave)
	})
}

// shortestRound is how long it takes at least from one heartbeat to the next.
const shortestRound = 20 * time.Millisecond

// Close says goodbye. All groups have ended.
func (m *Members) Close() {
	if m.end != nil {
		m.end()
	}
	m.ended.Wait()
}

// round says something for those that wait for it.
func (m *Members) round(say func() error) {
	m.mu.Lock()
	r := m.next
	m.next = &round{over: make(chan struct{})}
	m.mu.Unlock()
	r.err = say()
	close(r.over)
}

// Say has a heartbeat said, and returns when this member has heard it. It has then also
// heard what every other member had said before.
func (m *Members) Say(ctx context.Context) error {
	m.mu.Lock()
	r := m.next
	m.mu.Unlock()
	signal(m.soon)
	select {
	case <-r.over:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// leave says goodbye. If that gets lost, the others miss heartbeats.
func (m *Members) leave() error {
	ctx, cancel := context.WithTimeout(context.Background(), m.lease/8)
	defer cancel()
	return m.publish(ctx, heartbeat{Gone: true}, nil)
}

// publish says something, about this member and what else there is to tell. heard is
// closed when this member has heard it.
func (m *Members) publish(ctx context.Context, h heartbeat, heard chan struct{}) error {
	if m.more != nil {
		more, err := json.Marshal(m.more())
		if err != nil {
			return err
		}
		h.More = more
	}
	h.Member, h.Clock = m.Self, m.Now()
	m.mu.Lock()
	m.said++
	h.Said, m.heard = m.said, heard
	m.mu.Unlock()
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return m.say(ctx, text)
}

// speak says a heartbeat and waits until it is heard.
func (m *Members) speak(ctx context.Context) error {
	h, heard := heartbeat{Groups: map[string]membership{}}, make(chan struct{})
	m.mu.Lock()
	for name, s := range m.groups {
		h.Groups[name] = s.about()
	}
	m.mu.Unlock()
	if err := m.publish(ctx, h, heard); err != nil {
		return err
	}
	select {
	case <-heard:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hear notes what a member says, and returns what it tells beside. It does nothing with
// what is no heartbeat, or was heard before.
func (m *Members) Hear(text []byte) (more json.RawMessage) {
	var h heartbeat
	if err := json.Unmarshal(text, &h); err != nil {
		return nil
	}
	m.Observe(h.Clock)
	m.mu.Lock()
	defer m.mu.Unlock()
	before, known := m.known[h.Member]
	if h.Said <= before.Said {
		return nil
	}
	m.known[h.Member] = member{h, time.Now()}
	if h.Member == m.Self && h.Said == m.said && m.heard != nil {
		close(m.heard)
		m.heard = nil
		maps.DeleteFunc(m.known, func(_ string, of member) bool { return time.Since(of.latest) > 2*m.lease })
	}
	if !known {
		signal(m.soon) // for the new one to hear
	}
	if !known || h.Gone || !maps.EqualFunc(h.Groups, before.Groups, membership.equal) {
		for _, s := range m.groups {
			signal(s.nudged)
		}
	}
	return h.More
}

func (of membership) equal(other membership) bool {
	return slices.Equal(of.Topics, other.Topics) && slices.Equal(of.Holds, other.Holds)
}

// Missed notes that what others said until now may have been missed.
func (m *Members) Missed() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.since = time.Now()
	for name, of := range m.known {
		of.latest = m.since
		m.known[name] = of
	}
}

// Now returns a time that is later than all before, and than those of members that were
// heard, in nanoseconds.
func (m *Members) Now() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock = max(time.Now().UnixNano(), m.clock+1)
	return m.clock
}

// Observe notes a time of another member.
func (m *Members) Observe(t int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clock = max(m.clock, t)
}

// present reports whether a member was heard of within the lease.
func (m *Members) present(of member) bool { return !of.Gone && time.Since(of.latest) < m.lease }

// MayHold reports whether another member may be handling messages of a partition. One that
// was never heard of may, until it was not for a lease.
func (m *Members) MayHold(name, group string, p int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	of, known := m.known[name]
	if !known {
		of.latest = time.Now()
		m.known[name] = of
	}
	return m.present(of) && (of.Said == 0 || slices.Contains(of.Groups[group].Holds, p))
}

// held reports whether another member may be handling messages of a partition.
func (m *Members) held(group string, p int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, of := range m.known {
		if name != m.Self && m.present(of) && slices.Contains(of.Groups[group].Holds, p) {
			return true
		}
	}
	return false
}

// isNew reports whether this member may not have heard yet of all that hold partitions.
func (m *Members) isNew() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.since) < m.lease
}
