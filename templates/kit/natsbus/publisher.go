package natsbus

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// outgoing is a message to be sent.
type outgoing struct {
	msg    *nats.Msg
	failed map[string]error // of what is published together, by key; what follows of such a key fails, too
	answer func(error)      // called once, when it is done
}

// publisher sends messages and reports what became of each. Of each key, one
// message at a time is in flight to the server; the others of the key wait for it,
// and fail if it does.
type publisher struct {
	config Config
	js     jetstream.JetStream
	window keyorder.Window
	alive  context.Context // ends when the bus is closed

	mu     sync.Mutex
	queues map[string][]*outgoing // by key; the first message of each is in flight
}

func newPublisher(alive context.Context, c Config) *publisher {
	return &publisher{config: c, window: make(keyorder.Window, c.Window), alive: alive, queues: map[string][]*outgoing{}}
}

// options has the client report what became of a message that send has sent, and
// limits how long it waits for the answer to a request.
func (p *publisher) options() []jetstream.JetStreamOpt {
	return []jetstream.JetStreamOpt{
		jetstream.WithDefaultTimeout(p.config.ConnectTimeout),
		jetstream.WithPublishAsyncTimeout(p.config.PublishTimeout),
		jetstream.WithPublishAsyncMaxPending(p.config.Window),
		jetstream.WithPublishAsyncAckHandler(func(_ jetstream.JetStream, m *nats.Msg, _ *jetstream.PubAck) { p.complete(m, nil) }),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) {
			go p.complete(m, p.explain(m, err)) // the client holds a lock meanwhile
		}),
	}
}

// publish sends a message, or has it wait for an earlier one of its key. There must
// be room for it in the window.
func (p *publisher) publish(o *outgoing) {
	first, err := p.enqueue(o)
	if err != nil {
		p.report(o, err)
	} else if first {
		p.send(o)
	}
}

// enqueue reports whether a message is the first of its key, and in flight from now
// on. If not, it waits for an earlier one.
func (p *publisher) enqueue(o *outgoing) (first bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := context.Cause(p.alive); err != nil {
		return false, err
	}
	key := keyOf(o.msg)
	if cause := o.failed[key]; cause != nil {
		return false, behind(cause)
	}
	p.queues[key] = append(p.queues[key], o)
	return len(p.queues[key]) == 1, nil
}

// send sends a message that is in flight from now on.
func (p *publisher) send(o *outgoing) {
	if _, err := p.js.PublishMsgAsync(o.msg); err != nil {
		p.complete(o.msg, p.explain(o.msg, err))
	}
}

// explain returns an error that says why the server did not take a message.
func (p *publisher) explain(m *nats.Msg, err error) error {
	at := "NATS at " + p.config.servers()
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than NATS allows", len(m.Data)))
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return kit.Errorf(kit.Unavailable, "there is no connection to %s", at)
	case errors.Is(err, nats.ErrDisconnected):
		return kit.Wrap(kit.Unavailable, err, "the connection to "+at+" was lost")
	case errors.Is(err, jetstream.ErrAsyncPublishTimeout):
		return kit.Errorf(kit.Unavailable, "%s did not confirm within %v", at, p.config.PublishTimeout)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return kit.Errorf(kit.Unavailable, "no NATS server has the stream now")
	default:
		return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
	}
}

// complete reports what became of a message in flight, and sends the next of its
// key. If it failed, so do those of its key that waited for it, unless it could never
// have been sent.
func (p *publisher) complete(m *nats.Msg, err error) {
	fails := err != nil && kit.CodeOf(err) != kit.Invalid
	done, waiting := p.land(m, err, fails)
	if done == nil {
		return // another goroutine was faster
	}
	p.report(done, err)
	if fails {
		for _, o := range waiting {
			p.report(o, behind(err))
		}
	} else if len(waiting) > 0 {
		p.send(waiting[0])
	}
}

// land notes that a message is not in flight any more, and returns it with those
// that waited for it. They fail with it, or the first of them is in flight now.
func (p *publisher) land(m *nats.Msg, err error, fails bool) (done *outgoing, waiting []*outgoing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := keyOf(m)
	queue := p.queues[key]
	if len(queue) == 0 || queue[0].msg != m {
		return nil, nil
	}
	if fails {
		for _, o := range queue {
			o.failed[key] = err
		}
	}
	if fails || len(queue) == 1 {
		delete(p.queues, key)
	} else {
		p.queues[key] = queue[1:]
	}
	return queue[0], queue[1:]
}

// behind is the error of a message that waited for one that failed.
func behind(cause error) error {
	return kit.Wrap(kit.Unavailable, cause, "an earlier message with the same key was not accepted")
}

func (p *publisher) report(o *outgoing, err error) {
	p.window.Leave()
	o.answer(err)
}

// close fails the messages in flight, and those that wait. The bus is closed already.
func (p *publisher) close() {
	var inFlight []*nats.Msg
	p.mu.Lock()
	for _, queue := range p.queues {
		inFlight = append(inFlight, queue[0].msg)
	}
	p.mu.Unlock()
	for _, m := range inFlight {
		p.complete(m, context.Cause(p.alive))
	}
}
