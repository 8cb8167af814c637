package rabbitmqbus

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// line is a connection over which messages are sent, and none are received: a server that
// is short of memory stops reading from those that publish.
type line struct {
	server  *server
	conn    *amqp.Connection
	isNew   bool // whether the exchange was made for it
	ch      *amqp.Channel
	sent    chan flight // what is on its way, in order
	returns chan amqp.Return

	up   context.Context // ends when the line is lost
	lose context.CancelCauseFunc

	mu       sync.Mutex
	blocked  error     // why the server accepts no messages, if it does not
	since    time.Time // when it confirmed one last, or began to accept them again
	returned map[string]bool
}

// flight is a message that was sent.
type flight struct {
	*brokerbus.Outgoing
	key          string // its routing key
	confirmation *amqp.DeferredConfirmation
	at           time.Time // when it was sent
}

// errBlocked is why nothing is sent while the server accepts no messages.
var errBlocked = errors.New("the connection is blocked by the server")

// errNotStored is why a message was not taken: the server says no more.
var errNotStored = errors.New("RabbitMQ did not store the message")

// publishing keeps a line open until the bus is closed.
func (s *server) publishing(l *line) {
	for l != nil {
		select {
		case <-l.up.Done():
		case <-s.alive.Done():
			l.lose(context.Canceled)
		}
		s.use(nil, context.Cause(l.up))
		s.hangUp(l.conn)
		l = nil
		brokerbus.Until(s.alive, func() (err error) {
			if l, err = s.open(s.alive); err == nil && l.isNew {
				if err = s.rebuild(l); err != nil {
					s.hangUp(l.conn)
					l = nil
				}
			}
			s.use(l, err)
			return err
		})
	}
}

// use has messages be sent over a line, or says why there is none.
func (s *server) use(l *line, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line, s.why = l, why
}

// current returns the line, if messages can be sent over it.
func (s *server) current() (*line, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.line == nil {
		return nil, kit.Wrap(kit.Unavailable, s.config.explain(s.why), "there is no connection to RabbitMQ at "+s.config.URL)
	}
	if why := s.line.fault(); why != nil {
		return nil, s.config.explain(why)
	}
	return s.line, nil
}

// rebuild makes what is gone with the exchange for the groups of this process. Those of
// others have time to do so.
func (s *server) rebuild(l *line) error {
	err := within(s.alive, groupTimeout*s.config.ConnectTimeout, func() error { return s.declareGroups(l.conn) })
	if err == nil {
		err = retry.Wait(s.alive, 2*tendInterval)
	}
	return err
}

// open opens a line, and makes the exchange, unless it is there.
func (s *server) open(ctx context.Context) (*line, error) {
	conn, err := s.connect(ctx, s.config.Lease)
	if err != nil {
		return nil, err
	}
	l := &line{
		server: s, conn: conn, sent: make(chan flight, s.config.Window),
		returns: make(chan amqp.Return, s.config.Window), returned: map[string]bool{},
	}
	l.up, l.lose = context.WithCancelCause(context.Background())
	for _, step := range []func() error{l.look, l.prepare} {
		if err := within(ctx, s.config.ConnectTimeout, step); err != nil {
			s.hangUp(conn)
			return nil, err
		}
	}
	return l, nil
}

// look finds out whether the exchanges exist. If not, the user must be permitted to make them, and
// what goes with them. Where they do, that is not asked: while a server of a cluster is frozen, the
// others answer no request to bind, until they take it for dead after a minute (net_ticktime).
func (l *line) look() error {
	exist, err := l.server.declare(l.conn, false)
	if l.isNew = !exist; err == nil && l.isNew {
		err = l.server.permitted(l.conn)
	}
	return err
}

// prepare makes the exchange and the channel.
func (l *line) prepare() (err error) {
	if _, err = l.server.declare(l.conn, true); err != nil {
		return err
	}
	if l.ch, err = l.conn.Channel(); err != nil {
		return err
	}
	go l.watch(l.ch.NotifyClose(make(chan *amqp.Error, 1)), l.conn.NotifyBlocked(make(chan amqp.Blocking, 1)))
	go l.confirming()
	l.ch.NotifyReturn(l.returns)
	return l.ch.Confirm(false)
}

// watch notes what the server says of the line, until that is lost.
func (l *line) watch(closed <-chan *amqp.Error, blocked <-chan amqp.Blocking) {
	for {
		select {
		case b, open := <-blocked:
			if open {
				l.block(b.Active)
			} else {
				blocked = nil
			}
		case told := <-closed:
			l.lose(l.learn(told))
			return
		}
	}
}

// block notes whether the server accepts no messages.
func (l *line) block(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.blocked, l.since = nil, time.Now()
	if yes {
		l.blocked = errBlocked
	}
}

// fault returns why no messages can be sent now.
func (l *line) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := context.Cause(l.up); err != nil {
		return err
	}
	return l.blocked
}

var tooLarge = regexp.MustCompile(`larger than configured max size (\d+)`)

// learn returns why the server has closed the line. If a message was too large, no such
// message is sent any more.
func (l *line) learn(told *amqp.Error) error {
	if told == nil {
		return errors.New("the connection was closed")
	}
	if limit := tooLarge.FindStringSubmatch(told.Reason); limit != nil {
		if n, err := strconv.ParseInt(limit[1], 10, 64); err == nil {
			l.server.largest.Store(n)
			return kit.Wrap(kit.Unavailable, told, "RabbitMQ at "+l.server.config.URL+" takes messages of up to "+limit[1]+" bytes (max_message_size)")
		}
	}
	return told
}

// roomForHeaders is how many bytes the headers of a message may have beside its key. All
// of them are in one frame.
const roomForHeaders = 2048

// Send sends a message to the exchange.
func (s *server) Send(o *brokerbus.Outgoing) {
	l, err := s.current()
	if err != nil {
		o.Done(err)
		return
	}
	key := route(o.Message, o.Partition())
	if len(key) > longestName {
		o.Done(kit.Errorf(kit.Invalid, "topic %q is too long for RabbitMQ", o.Message.Topic))
		return
	}
	if limit := l.conn.Config.FrameSize; limit > 0 && len(o.Message.Key) > limit-roomForHeaders {
		o.Done(kit.Errorf(kit.Invalid, "a key of %d bytes is too long for RabbitMQ: it takes up to %d", len(o.Message.Key), limit-roomForHeaders))
		return
	}
	confirmation, err := l.ch.PublishWithDeferredConfirm(string(s.names), key, true, false, encode(o.Message))
	if err != nil {
		o.Done(kit.Wrap(kit.Unavailable, s.config.explain(err), "RabbitMQ did not take the message"))
		return
	}
	select {
	case l.sent <- flight{o, key, confirmation, time.Now()}:
	case <-l.up.Done():
	}
	if l.up.Err() != nil { // nobody may look at what was sent any more
		o.Done(l.lost())
	}
}

// confirming tells what becomes of messages, one after another, until the line is lost.
func (l *line) confirming() {
	for l.up.Err() == nil || len(l.sent) > 0 {
		select {
		case f := <-l.sent:
			f.Done(l.await(f))
		case <-l.up.Done():
		}
	}
}

// await waits for the confirmation of a message, for which the server has time from when
// it was sent, or from the confirmation before. While the server accepts none, one that
// fails may yet be stored.
func (l *line) await(f flight) error {
	for {
		select {
		case <-f.confirmation.Done():
			l.heard()
			return l.judge(f)
		default:
		}
		select {
		case <-f.confirmation.Done():
			continue
		case <-l.up.Done():
			return l.lost()
		case <-time.After(l.left(f.at)):
		}
		if err := l.fault(); err != nil {
			return kit.Wrap(kit.Unavailable, l.server.config.explain(err), errNotStored.Error())
		}
		if l.left(f.at) <= 0 {
			l.lose(kit.Errorf(kit.Unavailable, "RabbitMQ at %s did not confirm within %v", l.server.config.URL, l.server.config.PublishTimeout))
		}
	}
}

// heard notes that the server has confirmed a message, or accepts them again.
func (l *line) heard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = time.Now()
}

// left returns how long the server may take to confirm what was sent at a time. What it
// did not confirm when it accepted no messages has time to be, afterwards.
func (l *line) left(sent time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if sent.Before(l.since) {
		sent = l.since
	}
	return time.Until(sent.Add(l.server.config.PublishTimeout))
}

func (l *line) lost() error {
	return kit.Wrap(kit.Unavailable, l.server.config.explain(context.Cause(l.up)), "the connection was lost")
}

// judge returns what became of a message. One that went to no queue is nobody's, unless
// there should be one: then somebody has removed it.
func (l *line) judge(f flight) error {
	nowhere, ack := l.wasReturned(f), f.confirmation.Acked()
	switch {
	case !ack && l.ch.IsClosed(): // the client confirms nothing any more
		<-l.up.Done()
		return l.lost()
	case !ack:
		return kit.Errorf(kit.Unavailable, "RabbitMQ at %s did not store the message", l.server.config.URL)
	case nowhere && (f.Message.Group != "" || l.server.receives(f.Message.Topic)):
		return kit.Errorf(kit.Unavailable, "RabbitMQ at %s has no queue for topic %s now", l.server.config.URL, f.Message.Topic)
	default:
		return nil
	}
}

// wasReturned reports whether a message that is confirmed went to no queue: the server
// says so before it confirms it.
func (l *line) wasReturned(f flight) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.returns) > 0 {
		if r, open := <-l.returns; open {
			l.returned[r.MessageId+r.RoutingKey] = true
		}
	}
	if len(l.returned) == 0 {
		return false
	}
	id := f.Message.ID.String() + f.key // several topics may have the ID
	nowhere := l.returned[id]
	delete(l.returned, id)
	return nowhere
}

// Ping publishes a message that nobody receives: only to one who publishes, a server says
// that it accepts no messages.
func (s *server) Ping(ctx context.Context) error {
	l, err := s.current()
	if err == nil {
		err = within(ctx, s.config.ConnectTimeout, l.probe)
		if why := l.fault(); why != nil {
			err = why
		}
	}
	if err == nil {
		err = s.spoiled()
	}
	if err != nil {
		return kit.Wrap(kit.Unavailable, s.config.explain(err), "the bus cannot be used")
	}
	return nil
}

func (l *line) probe() error {
	c, err := l.ch.PublishWithDeferredConfirm(string(l.server.names), "nobody", false, false, amqp.Publishing{})
	if err == nil && !c.Wait() {
		err = errNotStored
	}
	return err
}
