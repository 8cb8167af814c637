package brokerbus

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
	taken := func(_ int, err error) { errs = append(errs, err) }
	first, second := &publication{p, map[string]error{}, taken}, &publication{p, map[string]error{}, taken}
	publish := func(together *publication) {
		if err := p.window.Enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.publish(&Outgoing{publication: together})
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

// fickle is a broker that answers, and stores messages or not.
type fickle struct {
	Driver
	refuses error
}

func (f *fickle) Send(o *Outgoing)            { o.Done(f.refuses) }
func (*fickle) Ping(context.Context) error    { return nil }
func (*fickle) Capability() kit.BusCapability { return kit.BusCapability{} }

// TestPingTellsOfRefusals shows that a broker which answers, but has refused what was
// published last, cannot be used: until it stores something, or for a while.
func TestPingTellsOfRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := kit.Errorf(kit.Unavailable, "the disk is full")
		d := &fickle{}
		b := New(d, 10)
		publish := func(refuses error) {
			d.refuses = refuses
			b.Publish(t.Context(), func(int, error) {}, kit.Message{Topic: "t", Key: "k"})
		}
		want := func(when string, want error) {
			t.Helper()
			if err := b.Ping(t.Context()); !errors.Is(err, want) {
				t.Errorf("Ping %s: %v, want %v", when, err, want)
			}
		}
		want("at first", nil)
		publish(full)
		want("after a refusal", full)
		publish(kit.Errorf(kit.Invalid, "too large"))
		want("after a message that can never be sent", full)
		publish(nil)
		want("when one was stored", nil)
		publish(full)
		time.Sleep(refusalLasts)
		want("when nothing was published since", nil)
	})
}
