package brokertest

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Refusal is why a server that is there accepts nothing for a while.
type Refusal struct {
	Name       string
	Begin, End func()
	Says       string // the cause, in what Ping tells; "" if it is over before anybody can ask
}

// Refusals shows that a bus says why its server accepts nothing, for as long as that is
// so, and goes on by itself afterwards, with nothing lost and each key in order.
func Refusals(t *testing.T, b kit.Bus, all ...Refusal) {
	j := NewJournal()
	Subscribe(t, b, "g", j.Handler("member", 0, 0))
	published := 0
	publish := func() { // as the outbox does
		t.Helper()
		for _, m := range Series(40, published, 5) {
			Eventually(t, "a message is taken", func() bool { return Publish(t, b, m)[0] == nil })
		}
		published += 5
	}
	for _, r := range all {
		t.Run(r.Name, func(t *testing.T) {
			publish()
			r.Begin()
			end := sync.OnceFunc(r.End)
			defer end() // after a failure, too
			if r.Says != "" {
				Eventually(t, "nothing is taken", func() bool { return refused(t, b) })
				var said error
				told := func() bool {
					said = b.Ping(t.Context())
					return kit.CodeOf(said) == kit.Unavailable && strings.Contains(said.Error(), r.Says)
				}
				for deadline := time.Now().Add(patience); !told(); time.Sleep(50 * time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatalf("Ping: %v; it should tell %q", said, r.Says)
					}
				}
				time.Sleep(3 * time.Second)   // it lasts
				if refused(t, b) && !told() { // a little may have become free
					t.Errorf("Ping, later: %v", said)
				}
				t.Log(said)
			}
			end()
			Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
			publish()
			j.Check(t, 40*published)
		})
	}
}

// refused reports whether a message is not taken, but could be another time.
func refused(t *testing.T, b kit.Bus) bool {
	t.Helper()
	err := Publish(t, b, Message("other", 0))[0]
	if err != nil && kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("a message was answered with %v", err)
	}
	return err != nil
}
