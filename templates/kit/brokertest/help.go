package brokertest

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Topic is the topic of messages.
const Topic = "order.created"

// Message returns one of a key, with a number as its payload.
func Message(key string, n int) kit.Message {
	return kit.Message{
		ID: kit.NewUUID(), Topic: Topic, Key: key,
		Time: time.Now().UTC().Truncate(time.Microsecond), Payload: []byte(fmt.Sprint(n)),
	}
}

// Publish publishes and returns the error of each message.
func Publish(t testing.TB, b kit.Bus, msgs ...kit.Message) []error {
	t.Helper()
	errs := make([]error, len(msgs))
	var all sync.WaitGroup
	all.Add(len(msgs))
	b.Publish(t.Context(), func(i int, err error) {
		errs[i] = err
		all.Done()
	}, msgs...)
	all.Wait()
	return errs
}

// MustPublish fails the test if a message was not taken.
func MustPublish(t testing.TB, b kit.Bus, msgs ...kit.Message) {
	t.Helper()
	for i, err := range Publish(t, b, msgs...) {
		if err != nil {
			t.Fatalf("message %d was not taken: %v", i, err)
		}
	}
}

// Subscribe subscribes a group to Topic.
func Subscribe(t testing.TB, b kit.Bus, group string, h kit.Handler) (stop func(context.Context) error) {
	t.Helper()
	stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: group, Topics: []string{Topic}}, h)
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// patience is how long a test waits for what must happen. The machine may be busy.
const patience = 2 * time.Minute

// Eventually waits for what must happen.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !happened(); {
		if time.Now().After(deadline) {
			t.Fatalf("not after %v: %s", patience, what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// NoGoroutineLeft fails if there are more goroutines after the test than before.
func NoGoroutineLeft(t *testing.T) {
	before := goroutines()
	t.Cleanup(func() {
		Eventually(t, "goroutines have ended", func() bool { return goroutines() <= before })
	})
}

// goroutines returns how many there are, but for those of HTTP connections, which the
// client of Docker keeps for 30 s.
func goroutines() (n int) {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	for one := range strings.SplitSeq(string(all), "\n\n") {
		if !strings.Contains(one, "net/http.(*persistConn)") {
			n++
		}
	}
	return n
}

// Series is messages of several keys, each counting up from its first.
func Series(keys, first, each int) (msgs []kit.Message) {
	for n := range each {
		for k := range keys {
			msgs = append(msgs, Message(fmt.Sprint("key", k), first+n))
		}
	}
	return msgs
}

// hostOf returns the host and port of a URL, which may have a password before them.
func hostOf(at string) string {
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	return u.Host
}
