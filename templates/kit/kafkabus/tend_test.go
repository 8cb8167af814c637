package kafkabus_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// stored returns how many events a topic has.
func stored(t *testing.T, admin *kadm.Client, topic string) (n int64) {
	t.Helper()
	first, err := admin.ListStartOffsets(t.Context(), topic+".events")
	if err != nil {
		t.Fatal(err)
	}
	next, err := admin.ListEndOffsets(t.Context(), topic+".events")
	if err != nil {
		t.Fatal(err)
	}
	next.Each(func(o kadm.ListedOffset) {
		from, _ := first.Lookup(o.Topic, o.Partition)
		n += o.Offset - from.Offset
	})
	return n
}

// TestTopicsChanged shows that a topic that somebody changed is as it was soon, and loses
// nothing from then on.
func TestTopicsChanged(t *testing.T) {
	c := config(t, testserver.Kafka(t))
	admin, b := operator(t, c.Brokers), open(t, c)
	if err := brokertest.Subscribe(t, b, "g", nil)(t.Context()); err != nil { // it is away
		t.Fatal(err)
	}
	for key, value := range map[string]string{"cleanup.policy": "compact", "retention.ms": "60000", "retention.bytes": "1000"} {
		t.Run(key, func(t *testing.T) {
			for _, topic := range topics(c.Topic) {
				before := settings(t, admin, topic)[key]
				changed, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
				if err != nil || changed[0].Err != nil {
					t.Fatal(err, changed[0].Err)
				}
				brokertest.Eventually(t, "the topic keeps messages again", func() bool { return settings(t, admin, topic)[key] == before })
			}
		})
	}
	j := brokertest.NewJournal()
	brokertest.MustPublish(t, b, brokertest.Series(40, 0, 50)...)
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	j.Check(t, 2000)
}

// TestTopicSpoiled shows that a bus whose topic cannot be mended says so, and takes
// nothing.
func TestTopicSpoiled(t *testing.T) {
	c := config(t, testserver.Kafka(t))
	admin, b := operator(t, c.Brokers), open(t, c)
	if _, err := admin.UpdatePartitions(t.Context(), 17, c.Topic+".events"); err != nil {
		t.Fatal(err)
	}
	brokertest.Eventually(t, "Ping tells", func() bool {
		err := b.Ping(t.Context())
		return kit.CodeOf(err) == kit.Unavailable && strings.Contains(err.Error(), "17 partitions")
	})
	for _, err := range brokertest.Publish(t, b, brokertest.Series(40, 0, 1)...) {
		if kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "17 partitions") {
			t.Fatalf("a message was answered with %v", err)
		}
	}
	if _, _, err := kafkabus.Look(t.Context(), "test", c); kit.CodeOf(err) != kit.Invalid || c.KeyOf(err) != "topic" {
		t.Errorf("Look: %v", err)
	}
}

// TestTopicsLost shows that topics that are gone are made again within seconds, while
// Ping says so, and that what is published from then on is handled.
func TestTopicsLost(t *testing.T) {
	for name, lost := range map[string]func(topic string) []string{
		"all":        topics,
		"the groups": func(topic string) []string { return topics(topic)[1:] },
		"the events": func(topic string) []string { return topics(topic)[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, testserver.Kafka(t))
			admin, b, j := operator(t, c.Brokers), open(t, c), brokertest.NewJournal()
			brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
			brokertest.MustPublish(t, b, brokertest.Series(40, 0, 5)...)
			j.Check(t, 200)
			if deleted, err := admin.DeleteTopics(t.Context(), lost(c.Topic)...); err != nil || deleted.Error() != nil {
				t.Fatal(err, deleted.Error())
			}
			for published := 5; published < 15; published += 5 {
				for _, m := range brokertest.Series(40, published, 5) { // as the outbox does
					brokertest.Eventually(t, "a message is taken", func() bool { return brokertest.Publish(t, b, m)[0] == nil })
				}
			}
			j.Check(t, 600)
			brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
			again := open(t, c) // another process
			brokertest.MustPublish(t, again, brokertest.Series(40, 15, 1)...)
			j.Check(t, 640)
		})
	}
}

// TestStoreLost shows the same for a broker that returns with an empty store.
func TestStoreLost(t *testing.T) {
	s := testserver.StartKafkaWith(t, map[string]string{"KAFKA_LOG_DIRS": "/dev/shm/kafka"}, nil) // it is empty after each start
	c := kafkabus.Config{Brokers: s.URL(), Lease: time.Second, PublishTimeout: 2 * time.Second}
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	for published := 0; published < 15; published += 5 {
		for _, m := range brokertest.Series(40, published, 5) {
			brokertest.Eventually(t, "a message is taken", func() bool { return brokertest.Publish(t, b, m)[0] == nil })
		}
		j.Check(t, 40*(published+5))
		s.Kill()
		s.Start()
		brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	}
}

// TestHandledIsRemoved shows that what every group has handled is removed from the
// events, and nothing that one has not.
func TestHandledIsRemoved(t *testing.T) {
	c := config(t, testserver.Kafka(t))
	admin, b := operator(t, c.Brokers), open(t, c)
	first, second := brokertest.NewJournal(), brokertest.NewJournal()
	if err := brokertest.Subscribe(t, b, "second", nil)(t.Context()); err != nil { // it is away
		t.Fatal(err)
	}
	var fails atomic.Bool
	fails.Store(true)
	brokertest.Subscribe(t, b, "first", func(ctx context.Context, m kit.Message) error {
		if fails.Load() && m.Key == "key7" {
			return errors.New("on purpose")
		}
		return first.Handler("first", 0, 0)(ctx, m)
	})
	brokertest.MustPublish(t, b, brokertest.Series(40, 0, 50)...)
	first.Check(t, 39*50)
	brokertest.Subscribe(t, b, "second", second.Handler("second", 0, 0))
	second.Check(t, 2000)
	brokertest.Eventually(t, "much is removed", func() bool { return stored(t, admin, c.Topic) < 500 })
	fails.Store(false)
	first.Check(t, 2000)
	brokertest.Eventually(t, "all is removed", func() bool { return stored(t, admin, c.Topic) == 0 })
	brokertest.MustPublish(t, b, brokertest.Series(40, 50, 1)...)
	first.Check(t, 2040)
	second.Check(t, 2040)
}

// TestTopicGivenUp shows that a topic that no version handles any more holds the events
// until somebody has the group give it up.
func TestTopicGivenUp(t *testing.T) {
	c := config(t, testserver.Kafka(t))
	admin, b := operator(t, c.Brokers), open(t, c)
	j := brokertest.NewJournal()
	start := func(topics ...string) (stop func(context.Context) error) {
		stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: topics}, j.Handler("member", 0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return stop
	}
	if err := start("b", brokertest.Topic)(t.Context()); err != nil {
		t.Fatal(err)
	}
	start(brokertest.Topic)
	one := brokertest.Message("k", 0)
	one.Topic = "b"
	brokertest.MustPublish(t, b, one)
	brokertest.MustPublish(t, b, brokertest.Series(20, 0, 5)...)
	j.Check(t, 100)
	time.Sleep(8 * time.Second) // the topics are looked after meanwhile
	if n := stored(t, admin, c.Topic); n != 101 {
		t.Errorf("%d events are kept, want all 101", n)
	}
	other, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.ProduceSync(t.Context(), &kgo.Record{Topic: c.Topic + ".groups", Key: []byte("g/b")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	brokertest.Eventually(t, "all is removed", func() bool { return stored(t, admin, c.Topic) == 0 })
}

// TestTwoProjects shows that projects on one cluster have topics of their own, and that
// one refuses those of another.
func TestTwoProjects(t *testing.T) {
	broker := testserver.Kafka(t)
	names := []string{"shop", "blog"}
	buses, journals := map[string]kit.Bus{}, map[string]*brokertest.Journal{}
	for _, name := range names {
		removeTopics(t, broker, name)
		b, err := kafkabus.New(t.Context(), name, kafkabus.Config{Brokers: broker, Lease: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = b.Close() })
		buses[name], journals[name] = b, brokertest.NewJournal()
		brokertest.Subscribe(t, b, "g", journals[name].Handler(name, 0, 0))
	}
	for _, name := range names {
		brokertest.MustPublish(t, buses[name], brokertest.Series(20, 0, 5)...)
	}
	for _, name := range names {
		journals[name].Check(t, 100)
	}
	c := kafkabus.Config{Brokers: broker, Topic: "shop"}
	_, err := kafkabus.New(t.Context(), "blog", c)
	_, _, looked := kafkabus.Look(t.Context(), "blog", c)
	for _, err := range []error{err, looked} {
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), `of "shop"`) || c.KeyOf(err) != "topic" {
			t.Errorf("the topics of another project: %v", err)
		}
	}
}
