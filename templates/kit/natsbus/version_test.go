package natsbus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// versions are what versions of a service do with the messages of three topics.
type versions struct {
	*journal
	t      *testing.T
	config natsbus.Config
	sent   int
	next   map[string]int // payload, by topic
}

func newVersions(t *testing.T) *versions {
	return &versions{journal: newJournal(), t: t, config: config(t, testserver.NATS(t)), next: map[string]int{}}
}

// start starts a version of the service, which knows some topics.
func (v *versions) start(bus kit.Bus, topics ...string) (stop func(context.Context) error) {
	v.t.Helper()
	stop, err := bus.Subscribe(v.t.Context(), kit.Subscription{Group: "g", Topics: topics}, func(_ context.Context, m kit.Message) error {
		m.Key = m.Topic + m.Key
		v.end(m, v.begin(fmt.Sprint(topics), m), true)
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
	return stop
}

// publish publishes messages of each topic, of all keys.
func (v *versions) publish(bus kit.Bus, topics ...string) {
	v.t.Helper()
	const keys, each = 40, 5
	for _, topic := range topics {
		msgs := series(keys, v.next[topic], each)
		v.next[topic] += each
		for i := range msgs {
			msgs[i].Topic = topic
		}
		mustPublish(v.t, bus, msgs...)
		v.sent += len(msgs)
	}
}

// TestVersionsSideBySide shows that each message is handled by a version of the
// service that knows its topic, whichever started first, and whoever dies.
func TestVersionsSideBySide(t *testing.T) {
	for name, topics := range map[string][2][]string{
		"a topic more":  {{"a"}, {"a", "b"}},
		"a topic less":  {{"a", "b"}, {"a"}},
		"another topic": {{"a", "b"}, {"a", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVersions(t)
			all := map[string]bool{}
			for _, topic := range append(topics[0], topics[1]...) {
				all[topic] = true
			}
			first := open(t, v.config)
			v.start(first, topics[0]...)
			v.publish(first, topics[0]...)
			second := open(t, v.config)
			v.start(second, topics[1]...)
			for topic := range all {
				v.publish(first, topic)
			}
			v.check(t, v.sent)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			v.publish(second, topics[1]...)
			v.check(t, v.sent)
		})
	}
}

// TestOldVersionStartsOnce shows that a version that does not know a topic takes
// nothing away from those that do: neither while it runs alone, nor afterwards.
func TestOldVersionStartsOnce(t *testing.T) {
	v := newVersions(t)
	publisher := open(t, v.config)
	if err := v.start(open(t, v.config), "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	way := newProxy(t, v.config.URL)
	viaProxy := v.config
	viaProxy.URL = way.URL
	old := open(t, viaProxy)
	v.start(old, "a")
	v.publish(publisher, "a")
	v.check(t, v.sent)
	v.publish(publisher, "b", "a")
	eventually(t, "the old version has handled what it knows", func() bool { return v.total() == v.sent-200 })
	way.frozen.Store(true) // as if it had been killed
	v.start(open(t, v.config), "a", "b")
	v.check(t, v.sent)
	v.publish(publisher, "b")
	v.check(t, v.sent)
}

// TestGroupsDiffer shows that a group that is known to one version alone keeps its
// place while only others run.
func TestGroupsDiffer(t *testing.T) {
	c := config(t, testserver.NATS(t))
	c.Lease = time.Second
	first, second := open(t, c), open(t, c)
	j := newJournal()
	if err := subscribe(t, first, "new", j.handler("new", 0, 0))(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := newJournal()
	subscribe(t, second, "old", other.handler("old", 0, 0))
	mustPublish(t, second, series(40, 0, 5)...)
	other.check(t, 200)
	time.Sleep(10 * time.Second) // what all groups have handled is removed meanwhile
	subscribe(t, first, "new", j.handler("new", 0, 0))
	j.check(t, 200)
}
