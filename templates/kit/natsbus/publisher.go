package natsbus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// flight has the messages that are on their way to the server, by the number that ends
// the subject of the answer. The client has the same, which takes twice as long.
type flight struct {
	inbox string

	mu   sync.Mutex
	last uint64
	all  map[uint64]sent
}

type sent struct {
	*brokerbus.Outgoing
	at time.Time
}

func newFlight() *flight { return &flight{inbox: nats.NewInbox() + ".", all: map[uint64]sent{}} }

// add returns the subject of the answer to a message.
func (f *flight) add(o *brokerbus.Outgoing) (subject string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last++
	f.all[f.last] = sent{o, time.Now()}
	return f.inbox + strconv.FormatUint(f.last, 36)
}

// done tells what became of the message that is answered to on a subject.
func (f *flight) done(subject string, err error) {
	n, _ := strconv.ParseUint(strings.TrimPrefix(subject, f.inbox), 36, 64) // what is no number is of no message
	f.mu.Lock()
	s, ok := f.all[n]
	delete(f.all, n)
	f.mu.Unlock()
	if ok {
		s.Done(err)
	}
}

// fail fails the messages that were sent before a time.
func (f *flight) fail(before time.Time, err error) {
	var failed []sent
	f.mu.Lock()
	for n, s := range f.all {
		if s.at.Before(before) {
			failed = append(failed, s)
			delete(f.all, n)
		}
	}
	f.mu.Unlock()
	for _, s := range failed {
		s.Done(err)
	}
}

// overdue fails messages that are not confirmed in time, until ctx ends.
func (b *server) overdue(ctx context.Context) {
	err := kit.Errorf(kit.Unavailable, "NATS at %s did not confirm within %v", b.config.servers(), b.config.PublishTimeout)
	for retry.Wait(ctx, b.config.PublishTimeout/8) == nil {
		b.flight.fail(time.Now().Add(-b.config.PublishTimeout), err)
	}
}

// Send sends a message to the stream of its partition.
func (b *server) Send(o *brokerbus.Outgoing) {
	if err := b.tender.Refuses(); err != nil {
		o.Done(err)
		return
	}
	m := b.subjects.encode(o.Message, o.Partition())
	m.Reply = b.flight.add(o)
	if err := b.conn.PublishMsg(m); err != nil {
		b.flight.done(m.Reply, b.explainSend(err, len(m.Data)))
	}
}

// answered is called with what the server says to a message.
func (b *server) answered(m *nats.Msg) {
	err := answer(m)
	if err != nil {
		err = b.explainSend(err, 0)
	}
	b.flight.done(m.Subject, err)
}

// answer returns nil if the server has stored the message.
func answer(m *nats.Msg) error {
	if len(m.Data) == 0 {
		return jetstream.ErrNoStreamResponse
	}
	if bytes.HasPrefix(m.Data, []byte(`{"stream":`)) { // as all begin but errors
		return nil
	}
	var said struct {
		Error  *jetstream.APIError `json:"error"`
		Stream string              `json:"stream"`
	}
	if err := json.Unmarshal(m.Data, &said); err != nil {
		return err
	}
	if said.Error != nil {
		return said.Error
	}
	if said.Stream == "" {
		return jetstream.ErrInvalidJSAck
	}
	return nil
}

// explainSend returns an error that says why the server did not take a message.
func (b *server) explainSend(err error, size int) error {
	at := "NATS at " + b.config.servers()
	switch {
	case errors.Is(err, nats.ErrMaxPayload):
		return kit.Wrap(kit.Invalid, err, fmt.Sprintf("a message of %d bytes is larger than NATS allows (max_payload)", size))
	case errors.Is(err, nats.ErrReconnectBufExceeded):
		return kit.Errorf(kit.Unavailable, "there is no connection to %s", at)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return kit.Errorf(kit.Unavailable, "no NATS server has the stream now")
	default:
		return kit.Wrap(kit.Unavailable, err, at+" did not take the message")
	}
}
