package natsbus

import (
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// members knows who the members of a group are. Each publishes heartbeats on a
// subject of the group, and counts as gone when it has not for a while.
type members struct {
	conn    *nats.Conn
	subject string
	self    string
	timeout time.Duration // without a heartbeat

	subscription *nats.Subscription

	mu    sync.Mutex
	known map[string]time.Time // the times of their latest heartbeats
}

// A heartbeat is a plus sign and the name of a member, and a farewell a minus sign.
const heartbeat, farewell = "+", "-"

// join makes this process a member, which receives the heartbeats of the others.
func join(conn *nats.Conn, subject string, timeout time.Duration) (m *members, err error) {
	m = &members{
		conn: conn, subject: subject, self: kit.NewUUID().String(), timeout: timeout, known: map[string]time.Time{},
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
func (m *members) say(what string) { _ = m.conn.Publish(m.subject, []byte(what+m.self)) }

// receive notes what a member says.
func (m *members) receive(msg *nats.Msg) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if member, alive := strings.CutPrefix(string(msg.Data), heartbeat); alive {
		m.known[member] = time.Now()
	} else {
		delete(m.known, strings.TrimPrefix(member, farewell))
	}
}

// count returns how many members there are, this one included.
func (m *members) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[m.self] = time.Now()
	maps.DeleteFunc(m.known, func(_ string, latest time.Time) bool { return time.Since(latest) > m.timeout })
	return len(m.known)
}
