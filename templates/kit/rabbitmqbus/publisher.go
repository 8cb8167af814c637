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

	mu     sync.Mutex // held while a message is sent
	flight map[uint64]sent
	why    error // nothing is sent now
}

// sent is a message in flight.
type sent struct {
	*brokerbus.Outgoing
	at time.Time
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
		err = retry.Wait(p.alive, 2*tendInterval)
	}
	if err != nil {
		p.set(nil, err)
		return nil, err
	}
	p.set(l, nil)
	return l, nil
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
	err = within(ctx, 2*s.config.ConnectTimeout, func() (err error) {
		exists, err := s.look(conn)
		l.isNew = !exists
		if err != nil {
			return err
		}
		if err = s.declare(conn); err != nil {
			return err
		}
		if l.ch, err = conn.Channel(); err != nil {
			return err
		}
		if err = s.groups.declare(l.ch); err != nil {
			return err
		}
		l.closed = l.ch.NotifyClose(make(chan *amqp.Error, 1))
		l.blocked = conn.NotifyBlocked(make(chan amqp.Blocking, 1))
		l.ch.NotifyPublish(l.confirm)
		l.ch.NotifyReturn(l.returns)
		return l.ch.Confirm(false)
	})
	if err != nil {
		s.hangUp(conn)
		return nil, err
	}
	return l, nil
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
	if err := l.send(o, key); err != nil {
		o.Done(kit.Wrap(kit.Unavailable, s.config.explain(err), "RabbitMQ did not take the message"))
	}
}

// send sends a message. What becomes of it is known later.
func (l *line) send(o *brokerbus.Outgoing, key string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.why != nil {
		return l.why
	}
	tag := l.ch.GetNextPublishSeqNo()
	l.flight[tag] = sent{o, time.Now()}
	err := l.ch.Publish(string(l.server.names), key, true, false, encode(o.Message))
	if err != nil {
		delete(l.flight, tag)
	}
	return err
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
			returned[r.MessageId] = true
		case c := <-l.confirm:
			if o, ok := l.take(c.DeliveryTag); ok {
				outcomes <- outcome{o, l.judge(o, c.Ack, returned)}
			}
		case b := <-l.blocked:
			l.hold(b.Active)
		case <-check.C:
			if l.overdue() {
				return kit.Errorf(kit.Unavailable, "RabbitMQ at %s did not confirm within %v", l.server.config.URL, l.server.config.PublishTimeout)
			}
		case err := <-l.closed:
			return l.learn(err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// take returns the message with a tag, which is not in flight any more.
func (l *line) take(tag uint64) (*brokerbus.Outgoing, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.flight[tag]
	delete(l.flight, tag)
	return s.Outgoing, ok
}

// judge returns what became of a message. One that went to no queue is nobody's, unless
// there should be one: then somebody has removed it.
func (l *line) judge(o *brokerbus.Outgoing, ack bool, returned map[string]bool) error {
	id := o.Message.ID.String()
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

// overdue reports whether a message was not confirmed in time.
func (l *line) overdue() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.flight {
		if time.Since(s.at) > l.server.config.PublishTimeout {
			return true
		}
	}
	return false
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
		}
	}
	return told
}

// hold notes whether the server accepts no messages.
func (l *line) hold(blocked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.why = nil
	if blocked {
		l.why = errBlocked
	}
}

// fail fails what is in flight, and what is sent from now on.
func (l *line) fail(err error) {
	l.mu.Lock()
	flight := l.flight
	l.flight, l.why = map[uint64]sent{}, err
	l.mu.Unlock()
	for _, s := range flight {
		s.Done(kit.Wrap(kit.Unavailable, err, "the connection was lost"))
	}
}

// ping asks the server for the exchange.
func (p *publisher) ping(ctx context.Context, s *server) error {
	l, why := p.current()
	if l == nil {
		return why
	}
	l.mu.Lock()
	why = l.why
	l.mu.Unlock()
	if why != nil {
		return why
	}
	return within(ctx, s.config.ConnectTimeout, func() error {
		ch, err := l.conn.Channel()
		if err != nil {
			return err
		}
		if err := ch.ExchangeDeclarePassive(string(s.names), amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			return err
		}
		return ch.Close()
	})
}
