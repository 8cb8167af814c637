package kafkabus_test

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
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

// changes are what somebody may change.
var changes = map[string]func(t testing.TB, s brokertest.Settings) (back func() bool){
	"cleanup.policy":  change("cleanup.policy", "compact"),
	"retention.ms":    change("retention.ms", "60000"),
	"retention.bytes": change("retention.bytes", "1000"),
}

func change(key, value string) func(t testing.TB, s brokertest.Settings) (back func() bool) {
	return func(t testing.TB, s brokertest.Settings) func() bool {
		admin, before := operator(t, address(s.URL)), map[string]string{}
		for _, topic := range topics(s.Name) {
			before[topic] = settings(t, admin, topic)[key]
			changed, err := admin.AlterTopicConfigs(t.Context(), []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: &value}}, topic)
			if err != nil || changed[0].Err != nil {
				t.Fatal(err, changed[0].Err)
			}
		}
		return func() bool {
			for topic, value := range before {
				if settings(t, admin, topic)[key] != value {
					return false
				}
			}
			return true
		}
	}
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
	if _, _, err := kafkabus.Look(t.Context(), "test", nil, c); kit.CodeOf(err) != kit.Invalid || c.KeyOf(err) != "topic" {
		t.Errorf("Look: %v", err)
	}
}

// losses are what somebody may remove.
var losses = map[string]func(t testing.TB, s brokertest.Settings){
	"all":        lose(topics),
	"the groups": lose(func(name string) []string { return topics(name)[1:] }),
	"the events": lose(func(name string) []string { return topics(name)[:1] }),
}

func lose(all func(name string) []string) func(t testing.TB, s brokertest.Settings) {
	return func(t testing.TB, s brokertest.Settings) {
		if deleted, err := operator(t, address(s.URL)).DeleteTopics(t.Context(), all(s.Name)...); err != nil || deleted.Error() != nil {
			t.Fatal(err, deleted.Error())
		}
	}
}

// TestStoreLost shows that topics are made again by a broker that returns with an empty store.
func TestStoreLost(t *testing.T) {
	s := testserver.StartKafkaWith(t, map[string]string{"KAFKA_LOG_DIRS": "/dev/shm/kafka"}, nil) // it is empty after each start
	c := kafkabus.Config{Brokers: s.URL(), Lease: time.Second, PublishTimeout: 2 * time.Second, ConnectTimeout: patience}
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	for published := 0; published < 15; published += 5 {
		brokertest.PublishAsOutbox(t, b, brokertest.Series(40, published, 5)...)
		j.Check(t, 40*(published+5))
		s.Kill()
		s.Start()
		brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
	}
}

// TestServerRefuses has everything that brokers may refuse happen to a bus.
func TestServerRefuses(t *testing.T) {
	broker := testserver.StartKafkaWith(t, map[string]string{
		listeners: "CLIENTS:SASL_PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_LISTENER_NAME_CLIENTS_SASL_ENABLED_MECHANISMS":            "PLAIN,SCRAM-SHA-256",
		"KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG":             `org.apache.kafka.common.security.plain.PlainLoginModule required user_root="right";`,
		"KAFKA_LISTENER_NAME_CLIENTS_SCRAM___SHA___256_SASL_JAAS_CONFIG": `org.apache.kafka.common.security.scram.ScramLoginModule required;`,
		"KAFKA_AUTHORIZER_CLASS_NAME":                                    "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"KAFKA_SUPER_USERS":                                              "User:root;User:ANONYMOUS", // the broker itself
		"KAFKA_CONNECTIONS_MAX_REAUTH_MS":                                "2000",                     // a connection ends whose password is another one
	}, nil).URL()
	root := operatorAs(t, broker, "root", "right")
	setPassword := func(password string) func() {
		return func() {
			changed, err := root.AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{
				{User: "shop", Mechanism: kadm.ScramSha256, Iterations: 4096, Password: password},
			})
			if err = cmp.Or(err, changed.Error()); err != nil {
				t.Fatal(err)
			}
		}
	}
	rights := kadm.NewACLs().Topics("shop").Groups("shop").ResourcePatternType(kadm.ACLPatternPrefixed).
		Operations(kadm.OpAll).Allow("User:shop").AllowHosts()
	permit := func() {
		if _, err := root.CreateACLs(t.Context(), rights); err != nil {
			t.Fatal(err)
		}
	}
	forbid := func() {
		if _, err := root.DeleteACLs(t.Context(), rights); err != nil {
			t.Fatal(err)
		}
	}
	permit()
	setPassword("salted")()
	c := kafkabus.Config{Brokers: broker, Topic: "shop", User: "shop", Password: kit.NewSecret("salted"), Mechanism: "scram-sha-256", PublishTimeout: 2 * time.Second}
	brokertest.Refusals(t, openAsNew(t, c),
		brokertest.Refusal{Name: "no permission", Says: "does not allow the user", Begin: forbid, End: permit},
		brokertest.Refusal{Name: "another password", Says: "refuses the user or the password", Begin: setPassword("other"), End: setPassword("salted")},
	)
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

// TestTopicGivenUp shows that an event of a topic that no version handles any more holds
// those behind it in its partition, and no others, until somebody has the group give the
// topic up.
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
	behind := int64(0)
	for round := range 3 {
		msgs := brokertest.Series(20, 5*round, 5)
		for _, m := range msgs {
			if brokerbus.PartitionOf(m.Key) == brokerbus.PartitionOf(one.Key) {
				behind++
			}
		}
		brokertest.MustPublish(t, b, msgs...)
		j.Check(t, 100*(round+1))
		brokertest.Eventually(t, "all others are removed", func() bool { return stored(t, admin, c.Topic) == 1+behind })
	}
	if behind == 0 {
		t.Error("there was nothing behind it")
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
		b, err := kafkabus.New(t.Context(), name, kafkabus.Config{Brokers: broker, Lease: time.Second, ConnectTimeout: patience})
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
	_, _, looked := kafkabus.Look(t.Context(), "blog", nil, c)
	for _, err := range []error{err, looked} {
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), `of "shop"`) || c.KeyOf(err) != "topic" {
			t.Errorf("the topics of another project: %v", err)
		}
	}
}

// TestDiskIsFull shows what becomes of a bus whose broker has no room on its disk, until
// somebody makes some and starts it again.
func TestDiskIsFull(t *testing.T) {
	s, disk := testserver.StartKafkaOnDisk(t)
	b := open(t, kafkabus.Config{Brokers: s.URL(), PublishTimeout: 2 * time.Second})
	brokertest.Refusals(t, b, brokertest.Refusal{Name: "its disk is full", Says: "cannot be reached", Begin: disk.Fill, End: func() {
		disk.Free()
		s.Stop()
		s.Start()
	}})
}
