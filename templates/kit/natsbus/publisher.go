package natsbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// outgoing is a message to be sent.
type outgoing struct {
	msg    *nats.Msg
	key    string
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

	mu       sync.Mutex
	waiting  map[string][]*outgoing // by key, for the one in flight; a key is there while one is
	inFlight map[*nats.Msg]*outgoing
}

func newPublisher(alive context.Context, c Config) *publisher {
	return &publisher{
		config: c, window: make(keyorder.Window, c.Window), alive: alive,
		waiting: map[string][]*outgoing{}, inFlight: map[*nats.Msg]*outgoing{},
	}
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
	if cause := o.failed[o.key]; cause != nil {
		return false, behind(cause)
	}
	if waiting, inFlight := p.waiting[o.key]; inFlight {
		p.waiting[o.key] = append(waiting, o)
		return false, nil
	}
	p.waiting[o.key] = nil
	p.inFlight[o.msg] = o
	return true, nil
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
	if done = p.inFlight[m]; done == nil {
		return nil, nil
	}
	delete(p.inFlight, m)
	waiting = p.waiting[done.key]
	switch {
	case fails:
		delete(p.waiting, done.key)
		for _, o := range append(waiting, done) {
			o.failed[o.key] = err
		}
	case len(waiting) == 0:
		delete(p.waiting, done.key)
	default:
		p.waiting[done.key] = waiting[1:]
		p.inFlight[waiting[0].msg] = waiting[0]
	}
	return done, waiting
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
	p.mu.Lock()
	inFlight := slices.Collect(maps.Keys(p.inFlight))
	p.mu.Unlock()
	for _, m := range inFlight {
		p.complete(m, context.Cause(p.alive))
	}
}
