package natsbus

import (
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
	peers map[string]time.Time // the others, and the times of their latest heartbeats
}

func newMembers(conn *nats.Conn, subject string, timeout time.Duration) *members {
	return &members{
		conn: conn, subject: subject, self: kit.NewUUID().String(), timeout: timeout, peers: map[string]time.Time{},
	}
}

// A heartbeat is a plus sign and the name of a member, and a farewell a minus sign.
const heartbeat, farewell = "+", "-"

// join begins to receive heartbeats.
func (m *members) join() (err error) {
	m.subscription, err = m.conn.Subscribe(m.subject, m.receive)
	return err
}

// leave says goodbye.
func (m *members) leave() {
	m.say(farewell)
	_ = m.subscription.Unsubscribe() // the connection may be gone, and the subscription with it
}

// say publishes a heartbeat or a farewell. One that gets lost is made up for by
// the next, or by the timeout.
func (m *members) say(what string) { _ = m.conn.Publish(m.subject, []byte(what+m.self)) }

// receive notes what a member says. A new one learns of this one at once.
func (m *members) receive(msg *nats.Msg) {
	peer, alive := strings.CutPrefix(string(msg.Data), heartbeat)
	if !alive {
		peer = strings.TrimPrefix(peer, farewell)
	}
	if peer == m.self {
		return
	}
	m.mu.Lock()
	_, known := m.peers[peer]
	if alive {
		m.peers[peer] = time.Now()
	} else {
		delete(m.peers, peer)
	}
	m.mu.Unlock()
	if alive && !known {
		m.say(heartbeat)
	}
}

// count returns how many members there are, this one included.
func (m *members) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	for peer, latest := range m.peers {
		if time.Since(latest) > m.timeout {
			delete(m.peers, peer)
		}
	}
	return len(m.peers) + 1
}
