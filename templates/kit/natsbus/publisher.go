package natsbus

import (
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// flight has the messages that are in flight to the server.
type flight struct {
	mu  *sync.Mutex
	all map[*nats.Msg]*brokerbus.Outgoing
}

func newFlight() flight { return flight{new(sync.Mutex), map[*nats.Msg]*brokerbus.Outgoing{}} }

func (f flight) add(m *nats.Msg, o *brokerbus.Outgoing) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[m] = o
}

// done reports what became of a message.
func (f flight) done(m *nats.Msg, err error) {
	f.mu.Lock()
	o := f.all[m]
	delete(f.all, m)
	f.mu.Unlock()
	if o != nil {
		o.Done(err)
	}
}

// options has the client report what became of a message that Send has sent, and
// limits how long it waits for the answer to a request.
func (b *server) options() []jetstream.JetStreamOpt {
	return []jetstream.JetStreamOpt{
		jetstream.WithDefaultTimeout(b.config.ConnectTimeout),
		jetstream.WithPublishAsyncTimeout(b.config.PublishTimeout),
		jetstream.WithPublishAsyncMaxPending(b.config.Window),
		jetstream.WithPublishAsyncAckHandler(func(_ jetstream.JetStream, m *nats.Msg, _ *jetstream.PubAck) { b.flight.done(m, nil) }),
		jetstream.WithPublishAsyncErrHandler(func(_ jetstream.JetStream, m *nats.Msg, err error) {
			go b.flight.done(m, b.explainSend(m, err)) // the client holds a lock meanwhile
		}),
	}
}

// Send sends a message to the stream of its partition.
func (b *server) Send(o *brokerbus.Outgoing) {
	if err := b.broken(); kit.CodeOf(err) == kit.Invalid {
		o.Done(kit.Wrap(kit.Unavailable, err, "the bus cannot keep messages"))
		return
	}
	m := b.subjects.encode(o.Message, o.Partition())
	b.flight.add(m, o)
	if _, err := b.js.PublishMsgAsync(m); err != nil {
		b.flight.done(m, b.explainSend(m, err))
	}
}

// explainSend returns an error that says why the server did not take a message.
func (b *server) explainSend(m *nats.Msg, err error) error {
	at := "NATS at " + b.config.servers()
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than NATS allows (max_payload)", len(m.Data)))
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return kit.Errorf(kit.Unavailable, "there is no connection to %s", at)
	case errors.Is(err, nats.ErrDisconnected):
		return kit.Wrap(kit.Unavailable, err, "the connection to "+at+" was lost")
	case errors.Is(err, jetstream.ErrAsyncPublishTimeout):
		return kit.Errorf(kit.Unavailable, "%s did not confirm within %v", at, b.config.PublishTimeout)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return kit.Errorf(kit.Unavailable, "no NATS server has the stream now")
	default:
		return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
	}
}
