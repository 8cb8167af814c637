package rabbitmqbus

import (
	"cmp"
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

// publisher sends messages over a connection of its own, which it opens again when it
// is lost: a server that is short of memory stops reading from those that publish.
type publisher struct {
	alive context.Context // ends when the bus is closed
	end   context.CancelFunc
	ended chan struct{}

	mu   sync.Mutex
	line *line // nil while there is none
	why  error // there is none
}

// line is a connection over which messages are sent.
type line struct {
	server  *server
	conn    *amqp.Connection
	isNew   bool // whether the exchange was made for it
	ch      *amqp.Channel
	closed  chan *amqp.Error // of ch
	blocked chan amqp.Blocking
	confirm chan amqp.Confirmation
	returns chan amqp.Return

	sending sync.Mutex // held while a message is sent, which may take a while

	mu     sync.Mutex
	flight map[uint64]sent
	why    error // nothing is sent now
}

// sent is a message in flight. One that has failed may yet be stored.
type sent struct {
	*brokerbus.Outgoing
	at     time.Time
	failed bool
}

// outcome is what became of a message.
type outcome struct {
	*brokerbus.Outgoing
	err error
}

// errBlocked is why nothing is sent while the server accepts no messages.
var errBlocked = errors.New("the connection is blocked by the server")

// start opens the first line.
func (p *publisher) start(ctx context.Context, s *server) error {
	first, err := s.open(ctx)
	if err != nil {
		return err
	}
	p.alive, p.end = context.WithCancel(context.Background())
	p.line, p.ended = first, make(chan struct{})
	go p.run(s, first)
	return nil
}

// run carries messages over one line after another.
func (p *publisher) run(s *server, l *line) {
	defer close(p.ended)
	for p.alive.Err() == nil {
		err := l.carry(p.alive)
		p.set(nil, err)
		s.hangUp(l.conn)
		brokerbus.Until(p.alive, func() (err error) {
			l, err = p.reopen(s)
			return err
		})
	}
	if last, _ := p.current(); last != nil {
		s.hangUp(last.conn)
	}
}

func (p *publisher) set(l *line, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.line, p.why = l, why
}

func (p *publisher) current() (*line, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line, p.why
}

// close ends the connection. Nothing is in flight.
func (p *publisher) close() {
	p.end()
	<-p.ended
}

// reopen opens another line. If the exchange is gone, it is made again, for the groups of
// this process at once; those of others have time to do so.
func (p *publisher) reopen(s *server) (*line, error) {
	l, err := s.open(p.alive)
	if err == nil && l.isNew {
		err = s.rebuild(p.alive, l)
	}
	if err != nil {
		p.set(nil, err)
		return nil, err
	}
	p.set(l, nil)
	return l, nil
}

func (s *server) rebuild(ctx context.Context, l *line) error {
	err := within(ctx, groupTimeout*s.config.ConnectTimeout, func() error { return s.groups.declare(l.conn) })
	if err == nil {
		err = retry.Wait(ctx, 2*tendInterval)
	}
	if err != nil {
		s.hangUp(l.conn)
	}
	return err
}

// open opens a line, and makes the exchange, unless it is there.
func (s *server) open(ctx context.Context) (*line, error) {
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{
		server: s, conn: conn, flight: map[uint64]sent{},
		confirm: make(chan amqp.Confirmation, s.config.Window), returns: make(chan amqp.Return),
	}
	err = within(ctx, s.config.ConnectTimeout, func() error {
		exists, err := s.look(conn)
		l.isNew = !exists
		return err
	})
	if err == nil {
		err = within(ctx, s.config.ConnectTimeout, func() error { return l.prepare() })
	}
	if err != nil {
		s.hangUp(conn)
		return nil, err
	}
	return l, nil
}

// prepare makes the exchange and the channel.
func (l *line) prepare() (err error) {
	if err = l.server.declare(l.conn); err != nil {
		return err
	}
	if l.ch, err = l.conn.Channel(); err != nil {
		return err
	}
	l.closed = l.ch.NotifyClose(make(chan *amqp.Error, 1))
	l.blocked = l.conn.NotifyBlocked(make(chan amqp.Blocking, 1))
	l.ch.NotifyPublish(l.confirm)
	l.ch.NotifyReturn(l.returns)
	return l.ch.Confirm(false)
}

// Send sends a message to the exchange.
func (s *server) Send(o *brokerbus.Outgoing) {
	l, why := s.publisher.current()
	if l == nil {
		o.Done(kit.Wrap(kit.Unavailable, why, "there is no connection to RabbitMQ at "+s.config.URL))
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
	if err := l.send(o, key); err != nil {
		o.Done(kit.Wrap(kit.Unavailable, s.config.explain(err), "RabbitMQ did not take the message"))
	}
}

// roomForHeaders is how many bytes the headers of a message may have beside its key. All
// of them are in one frame.
const roomForHeaders = 2048

// send sends a message. What becomes of it is known later.
func (l *line) send(o *brokerbus.Outgoing, key string) error {
	l.sending.Lock()
	defer l.sending.Unlock()
	tag := l.ch.GetNextPublishSeqNo()
	if err := l.add(tag, o); err != nil {
		return err
	}
	err := l.ch.Publish(string(l.server.names), key, true, false, encode(o.Message))
	if err != nil {
		l.take(tag)
	}
	return err
}

// add notes that a message is in flight, if there may be another one: the client has room
// for the confirmation of so many.
func (l *line) add(tag uint64, o *brokerbus.Outgoing) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why == nil && len(l.flight) < l.server.config.Window {
		l.flight[tag] = sent{Outgoing: o, at: time.Now()}
		return nil
	}
	return cmp.Or(l.why, errBlocked)
}

// carry learns what becomes of messages, until the line or ctx ends. The reports are
// made by another goroutine: they send, which may have to wait for this one.
func (l *line) carry(ctx context.Context) (err error) {
	outcomes := make(chan outcome, l.server.config.Window)
	var reporting sync.WaitGroup
	reporting.Go(func() {
		for o := range outcomes {
			o.Done(o.err)
		}
	})
	defer func() {
		close(outcomes)
		reporting.Wait()
		l.fail(l.server.config.explain(err))
	}()
	check := time.NewTicker(l.server.config.PublishTimeout / 8)
	defer check.Stop()
	returned := map[string]bool{}
	for {
		select {
		case r := <-l.returns: // its confirmation follows
			returned[r.MessageId+r.RoutingKey] = true
		case c := <-l.confirm:
			if o, ok := l.take(c.DeliveryTag); ok {
				outcomes <- outcome{o, l.judge(o, c.Ack, returned)}
			}
		case b := <-l.blocked:
			l.hold(b.Active)
		case <-check.C:
			overdue, blocked := l.overdue()
			if len(overdue) > 0 && !blocked {
				return kit.Errorf(kit.Unavailable, "RabbitMQ at %s did not confirm within %v", l.server.config.URL, l.server.config.PublishTimeout)
			}
			for _, o := range overdue {
				outcomes <- outcome{o, kit.Wrap(kit.Unavailable, l.server.config.explain(errBlocked), "RabbitMQ did not store the message")}
			}
		case err := <-l.closed:
			return l.learn(err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take returns the message with a tag, which is not in flight any more, unless it has
// failed.
func (l *line) take(tag uint64) (*brokerbus.Outgoing, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.flight[tag]
	delete(l.flight, tag)
	return s.Outgoing, ok && !s.failed
}

// judge returns what became of a message. One that went to no queue is nobody's, unless
// there should be one: then somebody has removed it.
func (l *line) judge(o *brokerbus.Outgoing, ack bool, returned map[string]bool) error {
	id := o.Message.ID.String() + route(o.Message, o.Partition()) // several topics may have the ID
	nowhere := returned[id]
	delete(returned, id)
	switch {
	case !ack:
		return kit.Errorf(kit.Unavailable, "RabbitMQ at %s did not store the message", l.server.config.URL)
	case nowhere && (o.Message.Group != "" || l.server.groups.receive(o.Message.Topic)):
		return kit.Errorf(kit.Unavailable, "RabbitMQ at %s has no queue for topic %s now", l.server.config.URL, o.Message.Topic)
	default:
		return nil
	}
}

// overdue returns the messages that were not confirmed in time, and whether the server
// accepts none. Then they have failed.
func (l *line) overdue() (overdue []*brokerbus.Outgoing, blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	blocked = errors.Is(l.why, errBlocked)
	for tag, s := range l.flight {
		if !s.failed && time.Since(s.at) > l.server.config.PublishTimeout {
			overdue = append(overdue, s.Outgoing)
			s.failed = blocked
			l.flight[tag] = s
		}
	}
	return overdue, blocked
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

// hold notes whether the server accepts no messages. What it has not confirmed by then
// has time to be, afterwards.
func (l *line) hold(blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = nil
	if blocked {
		l.why = errBlocked
		return
	}
	for tag, s := range l.flight {
		s.at = time.Now()
		l.flight[tag] = s
	}
}

// fail fails what is in flight, and what is sent from now on.
func (l *line) fail(err error) {
	l.mu.Lock()
	flight := l.flight
	l.flight, l.why = map[uint64]sent{}, err
	l.mu.Unlock()
	for _, s := range flight { // if it has failed already, nothing happens
		s.Done(kit.Wrap(kit.Unavailable, err, "the connection was lost"))
	}
}

// ping publishes a message that nobody receives: only to one who publishes, a server says
// that it accepts no messages.
func (p *publisher) ping(ctx context.Context, s *server) error {
	l, why := p.current()
	if l == nil {
		return why
	}
	if why := l.fault(); why != nil {
		return why
	}
	err := within(ctx, s.config.ConnectTimeout, func() error { return l.probe() })
	return cmp.Or(l.fault(), err)
}

func (l *line) fault() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

func (l *line) probe() error {
	return try(l.conn, func(ch *amqp.Channel) error {
		if err := ch.Confirm(false); err != nil {
			return err
		}
		c, err := ch.PublishWithDeferredConfirm(string(l.server.names), "nobody", false, false, amqp.Publishing{})
		if err == nil && !c.Wait() {
			err = errNotStored
		}
		return err
	})
}

// errNotStored is why a message was not taken: the server says no more.
var errNotStored = errors.New("RabbitMQ did not store the message")
