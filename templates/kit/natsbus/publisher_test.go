package natsbus

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestSlowIsNotSilent shows that a server which answers one after another has time
// for each, and that an answer which was passed by a later one is missed in time.
func TestSlowIsNotSilent(t *testing.T) {
	now := time.Now()
	p := newPublisher(Config{PublishTimeout: time.Second}.filled())
	p.heard[3] = heard{5, now.Add(-100 * time.Millisecond)}
	p.heard[4] = heard{7, now.Add(-100 * time.Millisecond)}
	old := &parcel{partition: 3, sent: now.Add(-time.Minute)}
	if p.overdue(6, old, now) {
		t.Error("a message is overdue whose turn has not come, though a later one of another stream was answered")
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
// same call that has not got in yet.
func TestWhatComesBehindAFailureIsNotSent(t *testing.T) {
	p := newPublisher(Config{}.filled())
	var errs [3]error
	together := &call{taken: func(i int, err error) { errs[i] = err }, failed: map[string]error{}}
	var parcels [3]*parcel
	for i := range parcels {
		p.room <- struct{}{}
		parcels[i] = &parcel{msg: &nats.Msg{}, key: "k", call: together, index: i}
	}
	p.flight[1] = parcels[0]
	p.lanes["k"] = parcels[1:2]
	p.arrived(1, kit.Errorf(kit.Unavailable, "on purpose"))
	p.put(parcels[2])
	for i, err := range errs[1:] {
		if err == nil || !strings.Contains(err.Error(), "an earlier message of the key was not taken: on purpose") {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	if len(p.lanes)+len(p.flight)+len(p.room) > 0 {
		t.Error("something is left")
	}
}
