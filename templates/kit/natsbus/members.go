package natsbus

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// members knows who the members of a group are. Each publishes heartbeats on a
// subject of the group, and counts as gone when it has not for a while.
type members struct {
	conn    *nats.Conn
	subject string
	self    string
	topics  []string      // that this one handles, sorted
	timeout time.Duration // without a heartbeat

	subscription *nats.Subscription

	mu    sync.Mutex
	known map[string]member // by name
}

// member is what was last heard of one.
type member struct {
	topics []string
	latest time.Time
}

// A heartbeat is a plus sign, the name of a member and the topics that it handles,
// separated by spaces. A farewell has a minus sign.
const heartbeat, farewell = "+", "-"

// join makes this process a member, which receives the heartbeats of the others.
func join(conn *nats.Conn, subject, self string, topics []string, timeout time.Duration) (m *members, err error) {
	m = &members{
		conn: conn, subject: subject, self: self, topics: topics, timeout: timeout, known: map[string]member{},
	}
	m.subscription, err = conn.Subscribe(subject, m.receive)
	return m, err
}

// leave says goodbye.
func (m *members) leave() {
	m.say(farewell)
	_ = m.subscription.Unsubscribe() // the connection may be gone, and the subscription with it
}

// say publishes a heartbeat or a farewell. One that gets lost is made up for by
// the next, or by the timeout.
func (m *members) say(what string) {
	_ = m.conn.Publish(m.subject, []byte(what+m.self+" "+strings.Join(m.topics, " ")))
}

// receive notes what a member says.
func (m *members) receive(msg *nats.Msg) {
	m.mu.Lock()
	defer m.mu.Unlock()
	said := strings.Fields(string(msg.Data))
	if len(said) == 0 {
		return
	}
	if name, alive := strings.CutPrefix(said[0], heartbeat); alive {
		m.known[name] = member{said[1:], time.Now()}
	} else {
		delete(m.known, strings.TrimPrefix(name, farewell))
	}
}

// share returns how many partitions this member may have. Where the members are of
// versions of the service that handle different topics, those that handle all of them
// have all partitions. If there are none, each may have every partition, and they take
// turns.
func (m *members) share() (n int, rotate bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[m.self] = member{m.topics, time.Now()}
	maps.DeleteFunc(m.known, func(_ string, of member) bool { return time.Since(of.latest) > m.timeout })
	all := map[string]bool{}
	for _, of := range m.known {
		for _, topic := range of.topics {
			all[topic] = true
		}
	}
	complete := 0
	for _, of := range m.known {
		if len(of.topics) == len(all) {
			complete++
		}
	}
	switch {
	case complete == 0:
		return partitions, true
	case len(m.topics) < len(all):
		return 0, false
	default:
		return (partitions + complete - 1) / complete, false
	}
}
