package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// WantTopics fails the test unless events of these topics, in this order, wait in the
// outbox. It claims them.
func WantTopics(t *testing.T, outbox kit.Outbox, want ...string) {
	t.Helper()
	messages, err := outbox.Claim(t.Context(), 100, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		got = append(got, m.Topic)
	}
	if !slices.Equal(got, want) {
		t.Errorf("the outbox holds %q, want %q", got, want)
	}
}
