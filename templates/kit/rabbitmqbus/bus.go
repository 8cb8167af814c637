package rabbitmqbus

import (
	"cmp"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// server is the RabbitMQ servers that a bus is on.
type server struct {
	service string
	config  Config
	names   names
	largest atomic.Int64 // how many bytes a message may have

	alive      context.Context // ends when the bus is closed
	end        context.CancelFunc
	publishers sync.WaitGroup

	mu     sync.Mutex
	line   *line // nil while there is none
	why    error // there is none
	groups map[string]*group
}

// New connects, and makes what the bus of a service needs on the server. The error is
// Unavailable if another attempt may succeed, and Invalid if something must be changed
// first.
func New(ctx context.Context, service string, c Config) (*brokerbus.Bus, error) {
	s := newServer(service, c)
	l, err := s.open(ctx)
	if err != nil {
		s.end()
		return nil, s.config.explain(err)
	}
	s.use(l, nil)
	s.publishers.Go(func() { s.publishing(l) })
	return brokerbus.New(s, s.config.Window), nil
}

func newServer(service string, c Config) *server {
	c = c.filled()
	c.Exchange = cmp.Or(c.Exchange, service)
	s := &server{service: service, config: c, names: names(c.Exchange), groups: map[string]*group{}}
	s.alive, s.end = context.WithCancel(context.Background())
	s.largest.Store(int64(c.MaxMessage))
	return s
}

// connect connects to a server that can be used for a bus. If it hears nothing, it ends
// the connection after two to three times what heartbeat says, in whole seconds.
func (s *server) connect(ctx context.Context, heartbeat time.Duration) (*amqp.Connection, error) {
	conn, err := s.config.dial(ctx, heartbeat)
	if err != nil {
		return nil, err
	}
	if version, _ := conn.Properties["version"].(string); !brokerbus.AtLeast(version, 4, 0) {
		s.hangUp(conn)
		return nil, kit.Errorf(kit.Invalid, "the RabbitMQ server at %s is version %s: 4.0 or later is needed", s.config.URL, version)
	}
	return conn, nil
}

// hangUp closes a connection, whether or not the server answers.
func (s *server) hangUp(conn *amqp.Connection) {
	_ = conn.CloseDeadline(time.Now().Add(s.config.ConnectTimeout / 4)) // it is gone in any case
}

// within calls do, which knows no context, and returns before it does if ctx ends or
// time is up.
func within(ctx context.Context, limit time.Duration, do func() error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Look tries whether New would succeed, and the subscriptions of groups, and changes nothing
// on the server. It returns what it found; the errors are those of New and Join.
func Look(ctx context.Context, service string, groups []string, c Config) (found string, largest int, err error) {
	s := newServer(service, c)
	defer s.end()
	conn, err := s.connect(ctx, s.config.Lease)
	if err != nil {
		return "", 0, s.config.explain(err)
	}
	defer s.hangUp(conn)
	var kept []string
	var exists bool
	err = within(ctx, s.config.ConnectTimeout, func() (err error) {
		if exists, err = s.declare(conn, false); err == nil {
			err = s.permitted(conn)
		}
		return err
	})
	if err == nil {
		err = within(ctx, groupTimeout*s.config.ConnectTimeout, func() (err error) {
			if kept, _, err = s.recordedOn(conn, ""); err == nil {
				err = s.lookAt(conn, groups)
			}
			return err
		})
	}
	if err != nil {
		return "", 0, s.config.explain(err)
	}
	found = s.config.URL + " answers, and has the exchange " + s.config.Exchange
	if !exists {
		found = s.config.URL + " answers; exchange " + s.config.Exchange + " is created when the service starts"
	}
	return brokerbus.Found(found, kept, groups, func() (map[string]int, error) { return s.ready(ctx, conn) }), s.Capability().Largest, nil
}

// lookAt returns an error if a queue of a group is there, and is not as it must be. A queue
// that is there is not made, but compared.
func (s *server) lookAt(conn *amqp.Connection, groups []string) error {
	for _, group := range groups {
		for p := range brokerbus.Partitions {
			_, exists, err := inspect(conn, s.names.queue(group, p))
			if err == nil && exists {
				err = try(conn, func(ch *amqp.Channel) error { return declareQueue(ch, s.names.queue(group, p)) })
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// permitted tries whether the user may do what is needed, with requests that fail after
// the server has found that he may.
func (s *server) permitted(conn *amqp.Connection) error {
	const unheardOf = "unheard-of"
	queue, exchange := s.names.queue(unheardOf, 0), string(s.names)+"."+unheardOf
	for _, request := range []func(ch *amqp.Channel) error{
		func(ch *amqp.Channel) error { // its argument is no name
			return ch.ExchangeDeclare(exchange, amqp.ExchangeTopic, true, false, false, false, amqp.Table{"alternate-exchange": int64(0)})
		},
		func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(queue, true, false, false, false, amqp.Table{"x-dead-letter-exchange": int64(0)})
			return err
		},
		func(ch *amqp.Channel) error { return ch.QueueBind(queue, "", exchange, false, nil) },
		func(ch *amqp.Channel) error { return ch.ExchangeBind(string(s.names), "", exchange, false, nil) },
		func(ch *amqp.Channel) error {
			_, _, err := ch.Get(queue, false)
			return err
		},
	} {
		if err := try(conn, request); err != nil && !hasCode(err, amqp.PreconditionFailed) && !hasCode(err, amqp.NotFound) {
			return err
		}
	}
	return nil
}

// try makes a request over a channel of its own, which ends if the request fails.
func try(conn *amqp.Connection, request func(ch *amqp.Channel) error) error {
	ch, err := conn.Channel()
	if err != nil {
		return err
	}
	err = request(ch)
	return cmp.Or(err, ch.Close()) // if the request failed, it is closed already
}

// declare makes the exchanges that are missing, or only compares the others with what they
// must be, and reports whether there were all. One says whose the other is: that of another
// service, which is Invalid, has another alternative, which is what servers compare.
func (s *server) declare(conn *amqp.Connection, missing bool) (complete bool, err error) {
	owner := s.names.owner()
	complete = true
	for _, e := range []struct {
		name string
		args amqp.Table
	}{{owner, amqp.Table{"alternate-exchange": owner + "." + s.service}}, {string(s.names), nil}} {
		err := try(conn, func(ch *amqp.Channel) error {
			return ch.ExchangeDeclarePassive(e.name, amqp.ExchangeTopic, true, false, false, false, nil)
		})
		if hasCode(err, amqp.NotFound) {
			complete, err = false, nil
			if !missing {
				continue
			}
		}
		if err == nil {
			err = try(conn, func(ch *amqp.Channel) error {
				return ch.ExchangeDeclare(e.name, amqp.ExchangeTopic, true, false, false, false, e.args)
			})
		}
		if hasCode(err, amqp.PreconditionFailed) {
			return false, brokerbus.Refuse("exchange", "exchange %s exists and is not that of service %s; name another: %v", e.name, s.service, err)
		}
		if err != nil {
			return false, err
		}
	}
	return complete, nil
}

// Capability says that this bus keeps messages and reaches other processes.
func Capability() kit.BusCapability {
	return kit.BusCapability{Durable: true, Connected: true}
}

// Capability is that of every bus of this package, and what its server allows.
func (s *server) Capability() kit.BusCapability {
	c := Capability()
	c.Largest = int(s.largest.Load())
	return c
}

// Close releases the connections.
func (s *server) Close() {
	s.end()
	s.publishers.Wait()
}

// explain returns an error that says what is wrong with the server or the config.
func (c Config) explain(err error) error {
	is := func(target error) bool { return errors.Is(err, target) }
	has := func(code int) bool { return hasCode(err, code) }
	password := map[bool]string{false: "password", true: "user"}[c.User == ""]
	return brokerbus.Server{Kind: "RabbitMQ", URL: c.URL}.Explain(err,
		brokerbus.When(is(amqp.ErrVhost) || has(amqp.NotAllowed), kit.Invalid, "vhost", "has no virtual host "+c.VHost+", or does not let the user use it"),
		brokerbus.When(is(amqp.ErrCredentials), kit.Invalid, password, "refuses the user or the password"),
		brokerbus.When(is(amqp.ErrSASL), kit.Invalid, "user", "does not accept a user and a password (PLAIN)"),
		brokerbus.When(has(amqp.AccessRefused), kit.Invalid, "user", "does not let the user do what is needed (configure, write and read permissions)"),
		brokerbus.When(is(errBlocked), kit.Unavailable, "", "accepts no messages: it is out of memory or of disk space"),
		brokerbus.When(notRunning(err), kit.Unavailable, "", "does not run a queue that it has: it is starting, or other servers of its cluster are away"),
		brokerbus.When(has(amqp.PreconditionFailed), kit.Invalid, "exchange", "has a queue or an exchange of "+c.Exchange+" with other settings; remove it, or name another exchange"),
		brokerbus.When(is(io.EOF), kit.Unavailable, "", "ends the connection: it is starting, is not RabbitMQ, or requires TLS"),
		brokerbus.When(is(context.DeadlineExceeded), kit.Unavailable, "", "does not answer in time, or is not RabbitMQ"),
	)
}

// hasCode reports whether an error is one that the server has told, with a code.
func hasCode(err error, code int) bool {
	told, ok := errors.AsType[*amqp.Error](err)
	return ok && told.Code == code
}
