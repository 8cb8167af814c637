package activemqbus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit/internal/amqpconn"
)

// lanes is how many connections messages are published over, and as many they are
// received over. A broker stores what comes over one connection one after another, and
// waits for the disk each time.
const lanes = 4

// link is the connections to a broker, which are made together and lost together.
type link struct {
	up   context.Context // ends when one of them is lost
	lose context.CancelCauseFunc

	patience time.Duration // for a message to be sent

	conns   []*amqp.Conn
	working sync.WaitGroup

	control *amqp.Session // for all but messages, so that it does not wait for these
	records *amqp.Sender
	says    *amqp.Sender
	hears   *amqp.Receiver
	senders [partitions]*amqp.Sender
	sent    [lanes]chan flight   // what is on its way, in order
	receive [lanes]*amqp.Session // what is received, and what is parked

	keeping sync.Mutex      // held while what is on the broker is completed
	kept    map[string]bool // groups whose queues are kept
	stored  map[fact]bool   // what the records have

	opened sync.Mutex
	open   map[*amqp.Sender]bool

	mu    sync.Mutex
	later map[string]*amqp.Sender // by address
}

// Why connections are lost.
var (
	errClosed = errors.New("the bus is closed")
	errLost   = errors.New("the connection was closed")
)

// connect returns connections over which everything is there that the bus needs.
func (b *server) connect(ctx context.Context) (*link, error) {
	brokers := 1 + strings.Count(b.config.URL, ",")
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+brokers)*b.config.ConnectTimeout)
	defer cancel()
	l := &link{patience: b.config.PublishTimeout, kept: map[string]bool{}, open: map[*amqp.Sender]bool{}, later: map[string]*amqp.Sender{}}
	l.up, l.lose = context.WithCancelCause(context.Background())
	for lane := range l.sent {
		l.sent[lane] = make(chan flight, b.config.Window)
		l.working.Go(func() { b.confirming(l, l.sent[lane]) })
	}
	if err := b.establish(ctx, l); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (b *server) establish(ctx context.Context, l *link) error {
	conn, at, err := b.config.dial(ctx)
	if err != nil {
		return err
	}
	if l.control, err = l.session(ctx, conn); err != nil {
		return err
	}
	if err := b.listen(ctx, l); err != nil {
		return err
	}
	if err := b.read(ctx, l); err != nil {
		return err
	}
	return b.openLanes(ctx, l, at)
}

// session begins to use a connection.
func (l *link) session(ctx context.Context, conn *amqp.Conn) (*amqp.Session, error) {
	l.conns = append(l.conns, conn)
	l.working.Go(func() {
		select {
		case <-conn.Done():
			l.lose(cmp.Or(conn.Err(), errLost))
		case <-l.up.Done():
		}
	})
	return conn.NewSession(ctx, nil)
}

// listen attaches to what members say to each other, before the records are read: no
// news may be missed in between.
func (b *server) listen(ctx context.Context, l *link) (err error) {
	if l.hears, err = l.control.NewReceiver(ctx, b.names.members(), &amqp.ReceiverOptions{Credit: 1000}); err != nil {
		return err
	}
	if l.says, err = l.newSender(ctx, l.control, b.names.members()); err != nil {
		return err
	}
	if l.records, err = l.newSender(ctx, l.control, b.names.records()); err != nil {
		return err
	}
	b.members.Missed()
	l.working.Go(func() { l.lose(b.hear(l)) })
	return nil
}

// say publishes a heartbeat. It need not be stored.
func (b *server) say(ctx context.Context, heartbeat []byte) error {
	l, err := b.connected()
	if err != nil {
		return err
	}
	m := newMessage(heartbeat, nil)
	m.Header.Durable = false
	return l.send(ctx, l.says, m)
}

// hear receives heartbeats until the connection is lost.
func (b *server) hear(l *link) error {
	for {
		m, err := l.hears.Receive(l.up, nil)
		if err != nil {
			return err
		}
		if err := l.hears.AcceptMessage(l.up, m); err != nil {
			return err
		}
		var those []fact
		if more := b.members.Hear(m.GetData()); json.Unmarshal(more, &those) == nil && b.facts.learn(those...) {
			select {
			case b.news <- struct{}{}:
			default:
			}
		}
	}
}

// openLanes makes the other connections, to the same broker.
func (b *server) openLanes(ctx context.Context, l *link, at amqpconn.Address) error {
	for lane := range lanes {
		for _, publishes := range []bool{true, false} {
			conn, err := b.config.dialOne(ctx, at)
			if err != nil {
				return err
			}
			session, err := l.session(ctx, conn)
			if err != nil {
				return err
			}
			l.receive[lane] = session
			for p := lane; publishes && p < partitions; p += lanes {
				if l.senders[p], err = l.newSender(ctx, session, b.names.topic(p)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// newSender returns a sender that learns what becomes of each message. It is closed with
// the connections: otherwise the client may wait forever in it for what was not sent
// when they were lost.
func (l *link) newSender(ctx context.Context, session *amqp.Session, address string) (*amqp.Sender, error) {
	unsettled := amqp.SenderSettleModeUnsettled
	s, err := session.NewSender(ctx, address, &amqp.SenderOptions{SettlementMode: &unsettled})
	if err != nil {
		return nil, err
	}
	l.opened.Lock()
	defer l.opened.Unlock()
	if l.up.Err() != nil {
		return nil, context.Cause(l.up)
	}
	l.open[s] = true
	return s, nil
}

// send sends a message and returns nil if the broker has accepted it.
func (l *link) send(ctx context.Context, s *amqp.Sender, m *amqp.Message) error {
	receipt, err := l.begin(s, m)
	if err != nil {
		return err
	}
	return accepted(ctx, receipt)
}

// begin sends a message. It does not end with the context of whoever wants it sent: the
// client has numbered the message then, and the broker closes the connection when a
// number is missing.
func (l *link) begin(s *amqp.Sender, m *amqp.Message) (amqp.SendReceipt, error) {
	ctx, cancel := context.WithTimeout(l.up, l.patience)
	defer cancel()
	receipt, err := s.SendWithReceipt(ctx, m, nil)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
		l.lose(err)
	}
	return receipt, err
}

// closeSender closes a sender before the connections are.
func (l *link) closeSender(s *amqp.Sender) {
	_ = s.Close(l.up) // the connections are lost if this fails
	l.opened.Lock()
	defer l.opened.Unlock()
	delete(l.open, s)
}

// keep attaches to the queues of a group without taking anything from them. The broker
// makes a queue for the first that attaches, and does not remove one to which somebody
// is attached.
func (b *server) keep(ctx context.Context, l *link, group string) error {
	if l.kept[group] {
		return nil
	}
	for p := range partitions {
		r, err := l.control.NewReceiver(ctx, b.names.queue(group, p), &amqp.ReceiverOptions{Credit: -1})
		if err != nil {
			return err
		}
		l.working.Go(func() {
			_, err := r.Receive(l.up, nil) // there is nothing to receive
			l.lose(err)
		})
	}
	l.kept[group] = true
	return nil
}

// close closes the connections.
func (l *link) close() {
	l.lose(errClosed)
	l.opened.Lock()
	for s := range l.open {
		_ = s.Close(l.up) // does not wait
	}
	l.opened.Unlock()
	var closing sync.WaitGroup
	for _, conn := range l.conns {
		closing.Go(func() { _ = conn.Close() }) // what it says is of no use any more
	}
	closing.Wait()
	l.working.Wait()
}
