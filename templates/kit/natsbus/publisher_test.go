package natsbus

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestSlowIsNotSilent shows that a server that answers one message after another has
// time for each, and that an answer is overdue if later messages were answered.
func TestSlowIsNotSilent(t *testing.T) {
	now := time.Now()
	p := newPublisher(Config{PublishTimeout: time.Second}.filled())
	p.answered[3] = answer{5, now.Add(-100 * time.Millisecond)}
	p.answered[4] = answer{7, now.Add(-100 * time.Millisecond)}
	old := &outgoing{partition: 3, sent: now.Add(-time.Minute)}
	if p.overdue(6, old, now) {
		t.Error("a message is overdue whose turn has not come: only one of another stream was answered")
	}
	if !p.overdue(4, old, now) {
		t.Error("a message is not overdue though later ones were answered")
	}
	if !p.overdue(6, old, now.Add(time.Second)) {
		t.Error("a message is not overdue though nothing was answered for long")
	}
}

// TestWhatComesBehindAFailureIsNotSent shows that a message fails with the one
// before it of its key, instead of passing it: one that waits for it, and one of the
// same batch that is published later.
func TestWhatComesBehindAFailureIsNotSent(t *testing.T) {
	p := newPublisher(Config{}.filled())
	var errs [3]error
	together := &batch{taken: func(i int, err error) { errs[i] = err }, failed: map[string]error{}}
	var msgs [3]*outgoing
	for i := range msgs {
		p.window <- struct{}{}
		msgs[i] = &outgoing{msg: &nats.Msg{}, key: "k", batch: together, index: i}
	}
	p.inFlight[1] = msgs[0]
	p.waiting["k"] = msgs[1:2]
	p.complete(1, kit.Errorf(kit.Unavailable, "on purpose"))
	p.publish(msgs[2])
	for i, err := range errs[1:] {
		if err == nil || !strings.Contains(err.Error(), "an earlier message with the same key was not accepted: on purpose") {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	if len(p.waiting)+len(p.inFlight)+len(p.window) > 0 {
		t.Error("something is left")
	}
}
