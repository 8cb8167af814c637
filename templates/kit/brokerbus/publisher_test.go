package brokerbus

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// silent is a broker that does not answer.
type silent struct {
	Driver
	sent chan *Outgoing
}

func (s silent) Send(o *Outgoing) { s.sent <- o }

// TestWhatComesBehindAFailureIsNotSent shows that a message fails with the one
// before it of its key, instead of passing it: one of the same batch or another that
// waits for it, and one of the same batch that is published later.
func TestWhatComesBehindAFailureIsNotSent(t *testing.T) {
	broker := silent{sent: make(chan *Outgoing, 4)}
	p := newPublisher(t.Context(), broker, 10)
	var errs []error
	answer := func(err error) { errs = append(errs, err) }
	first, second := map[string]error{}, map[string]error{}
	publish := func(failed map[string]error) {
		if err := p.window.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.publish(&Outgoing{publisher: p, failed: failed, answer: answer})
	}
	publish(first)
	publish(first)
	publish(second)
	o := <-broker.sent
	o.Done(kit.Errorf(kit.Unavailable, "on purpose"))
	o.Done(nil) // too late
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
	if len(broker.sent)+len(p.flight)+len(p.window) > 0 {
		t.Error("a message was sent, or something is left")
	}
}
