package nats

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

// TestSlowIsNotSilent shows that a server which answers one after another has time
// for each, and that an answer which was passed by a later one is missed in time.
func TestSlowIsNotSilent(t *testing.T) {
	now := time.Now()
	p := newPublisher(Config{PublishTimeout: time.Second}.filled())
	p.latest, p.heard = 5, now.Add(-100*time.Millisecond)
	old := &parcel{sent: now.Add(-time.Minute)}
	if p.overdue(6, old, now) {
		t.Error("a message is overdue whose turn has not come")
	}
	if !p.overdue(4, old, now) {
		t.Error("a message is not overdue though later ones were answered")
	}
	if !p.overdue(6, old, now.Add(time.Second)) {
		t.Error("a message is not overdue though nothing was answered for long")
	}
}

// TestWhatWaitsBehindAFailureIsNotSent shows that a message fails with the one
// before it of its key, instead of passing it.
func TestWhatWaitsBehindAFailureIsNotSent(t *testing.T) {
	p := newPublisher(Config{}.filled())
	var errs [2]error
	taken := func(i int, err error) { errs[i] = err }
	p.room <- struct{}{}
	p.room <- struct{}{}
	p.flight[1] = &parcel{msg: &nats.Msg{}, key: "k", taken: taken}
	p.lanes["k"] = []*parcel{{msg: &nats.Msg{}, key: "k", taken: taken, index: 1}}
	p.arrived(1, domain.Errorf(domain.Unavailable, "on purpose"))
	if errs[1] == nil || !strings.Contains(errs[1].Error(), "an earlier message of the key was not taken: on purpose") {
		t.Errorf("the second message: %v", errs[1])
	}
	if len(p.lanes)+len(p.flight)+len(p.room) > 0 {
		t.Error("something is left")
	}
}
