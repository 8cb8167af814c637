package brokertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// versions are what versions of a service do with the messages of three topics.
type versions struct {
	*Journal
	t        *testing.T
	settings Settings
	sent     int
	next     map[string]int // payload, by topic
}

func newVersions(t *testing.T, b Broker) *versions {
	return &versions{Journal: NewJournal(), t: t, settings: b.settings(t), next: map[string]int{}}
}

// start starts a version of the service, which knows some topics.
func (v *versions) start(bus kit.Bus, topics ...string) (stop func(context.Context) error) {
	v.t.Helper()
	stop, err := bus.Subscribe(v.t.Context(), kit.Subscription{Group: "g", Topics: topics}, func(ctx context.Context, m kit.Message) error {
		m.Key = m.Topic + m.Key
		v.end(m, v.begin(ctx, fmt.Sprint(topics), m), true)
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
		msgs := Series(keys, v.next[topic], each)
		v.next[topic] += each
		for i := range msgs {
			msgs[i].Topic = topic
		}
		MustPublish(v.t, bus, msgs...)
		v.sent += len(msgs)
	}
}

// versionsSideBySide shows that each message is handled by a version of the
// service that knows its topic, whichever started first, and whoever dies.
func versionsSideBySide(t *testing.T, b Broker) {
	for name, topics := range map[string][2][]string{
		"a topic more":  {{"a"}, {"a", "b"}},
		"a topic less":  {{"a", "b"}, {"a"}},
		"another topic": {{"a", "b"}, {"a", "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVersions(t, b)
			all := map[string]bool{}
			for _, topic := range append(topics[0], topics[1]...) {
				all[topic] = true
			}
			first := b.Open(t, v.settings)
			v.start(first, topics[0]...)
			v.publish(first, topics[0]...)
			second := b.Open(t, v.settings)
			v.start(second, topics[1]...)
			for topic := range all {
				v.publish(first, topic)
			}
			v.Check(t, v.sent)
			if err := first.Close(); err != nil {
				t.Fatal(err)
			}
			v.publish(second, topics[1]...)
			v.Check(t, v.sent)
		})
	}
}

// oldVersionStartsOnce shows that a version that does not know a topic takes
// nothing away from those that do: neither while it runs alone, nor afterwards.
func oldVersionStartsOnce(t *testing.T, b Broker) {
	v := newVersions(t, b)
	publisher := b.Open(t, v.settings)
	if err := v.start(b.Open(t, v.settings), "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	way := NewProxy(t, v.settings.URL)
	viaProxy := v.settings
	viaProxy.URL = way.URL
	old := b.Open(t, viaProxy)
	v.start(old, "a")
	v.publish(publisher, "a")
	v.Check(t, v.sent)
	v.publish(publisher, "b", "a")
	Eventually(t, "the old version has handled what it knows", func() bool { return v.Total() == v.sent-200 })
	way.Frozen.Store(true) // as if it had been killed
	v.start(b.Open(t, v.settings), "a", "b")
	v.Check(t, v.sent)
	v.publish(publisher, "b")
	v.Check(t, v.sent)
}

// groupsDiffer shows that a group that is known to one version alone keeps its
// place while only others run.
func groupsDiffer(t *testing.T, b Broker) {
	c := b.settings(t)
	first, second := b.Open(t, c), b.Open(t, c)
	j := NewJournal()
	if err := Subscribe(t, first, "new", j.Handler("new", 0, 0))(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := NewJournal()
	Subscribe(t, second, "old", other.Handler("old", 0, 0))
	MustPublish(t, second, Series(40, 0, 5)...)
	other.Check(t, 200)
	time.Sleep(10 * time.Second) // what all groups have handled is removed meanwhile
	Subscribe(t, first, "new", j.Handler("new", 0, 0))
	j.Check(t, 200)
}
