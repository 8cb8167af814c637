package natsbus

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// silent is a server that does not answer.
type silent struct {
	jetstream.JetStream
	sent chan *nats.Msg
}

func (s silent) PublishMsgAsync(m *nats.Msg, _ ...jetstream.PublishOpt) (jetstream.PubAckFuture, error) {
	s.sent <- m
	return nil, nil
}

// TestWhatComesBehindAFailureIsNotSent shows that a message fails with the one
// before it of its key, instead of passing it: one of the same batch or another that
// waits for it, and one of the same batch that is published later.
func TestWhatComesBehindAFailureIsNotSent(t *testing.T) {
	p := newPublisher(t.Context(), Config{}.filled())
	server := silent{sent: make(chan *nats.Msg, 4)}
	p.js = server
	var errs []error
	answer := func(err error) { errs = append(errs, err) }
	first, second := map[string]error{}, map[string]error{}
	publish := func(failed map[string]error) {
		if err := p.window.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.publish(&outgoing{msg: &nats.Msg{}, failed: failed, answer: answer})
	}
	publish(first)
	publish(first)
	publish(second)
	p.complete(<-server.sent, kit.Errorf(kit.Unavailable, "on purpose"))
	publish(first)
	publish(second)
	if len(errs) != 5 || strings.Contains(errs[0].Error(), "earlier") {
		t.Fatalf("five messages were published behind one that failed: %v", errs)
	}
	for i, err := range errs[1:] {
		if err == nil || !strings.Contains(err.Error(), "an earlier message with the same key was not accepted: on purpose") {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	if len(server.sent)+len(p.queues)+len(p.window) > 0 {
		t.Error("a message was sent, or something is left")
	}
}
