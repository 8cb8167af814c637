package nats

import (
	"testing"
	"time"
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
