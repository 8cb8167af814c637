package kafkabus_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

const listeners = "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"

// guarded starts a broker with a user.
func guarded(t *testing.T) (address string) {
	t.Helper()
	return testserver.StartKafkaWith(t, map[string]string{
		listeners: "CLIENTS:SASL_PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_LISTENER_NAME_CLIENTS_SASL_ENABLED_MECHANISMS":            "PLAIN,SCRAM-SHA-256",
		"KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG":             `org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="right";`,
		"KAFKA_LISTENER_NAME_CLIENTS_SCRAM___SHA___256_SASL_JAAS_CONFIG": `org.apache.kafka.common.security.scram.ScramLoginModule required;`,
	}, nil).URL()
}

// secured starts a broker with TLS.
func secured(t *testing.T, cert, key string) (address string) {
	t.Helper()
	return testserver.StartKafkaWith(t, map[string]string{
		listeners:                     "CLIENTS:SSL,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_SSL_KEYSTORE_TYPE":     "PEM",
		"KAFKA_SSL_KEYSTORE_LOCATION": "/etc/kafka.pem",
	}, map[string]string{"/etc/kafka.pem": key + cert}).URL()
}

// TestStartUpFaults shows that a start that cannot succeed ends soon, with what is wrong,
// and leaves nothing behind.
func TestStartUpFaults(t *testing.T) {
	broker := testserver.Kafka(t)
	guarded := guarded(t)
	cert, key := brokertest.Certificate(t)
	secure := secured(t, cert, key)
	caFile := brokertest.WriteFile(t, "cert.pem", cert)
	with := func(c kafkabus.Config, change func(*kafkabus.Config)) kafkabus.Config {
		change(&c)
		return c
	}
	shop := kafkabus.Config{Brokers: guarded, User: "shop", Password: kit.NewSecret("secret")}
	for name, fault := range map[string]struct {
		config kafkabus.Config
		code   kit.Code
		says   string
		key    string
	}{
		"wrong password":      {shop, kit.Invalid, "refuses the user or the password", "password"},
		"wrong SCRAM user":    {with(shop, func(c *kafkabus.Config) { c.Mechanism = "scram-sha-256" }), kit.Invalid, "refuses the user or the password", "password"},
		"mechanism":           {with(shop, func(c *kafkabus.Config) { c.Mechanism = "scram-sha-512" }), kit.Invalid, "does not accept the mechanism scram-sha-512", "mechanism"},
		"no user":             {kafkabus.Config{Brokers: guarded}, kit.Unavailable, "may require a user", "user"},
		"user not wanted":     {with(shop, func(c *kafkabus.Config) { c.Brokers = broker }), kit.Invalid, "has no SASL", "user"},
		"refused port":        {kafkabus.Config{Brokers: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "cannot be reached", "brokers"},
		"unknown host":        {kafkabus.Config{Brokers: "nowhere.invalid:9092"}, kit.Unavailable, "cannot be", "brokers"},
		"silent server":       {kafkabus.Config{Brokers: brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer in time", "brokers"},
		"another kind":        {kafkabus.Config{Brokers: brokertest.Pretend(t, brokertest.TalksNATS("2.12.0"))}, kit.Invalid, "is not Kafka", "brokers"},
		"NATS":                {kafkabus.Config{Brokers: strings.TrimPrefix(testserver.NATS(t), "nats://")}, kit.Invalid, "is not Kafka", "brokers"},
		"closes":              {kafkabus.Config{Brokers: brokertest.Pretend(t, closes)}, kit.Unavailable, "closes connections at once", "user"},
		"old server":          {kafkabus.Config{Brokers: brokertest.Pretend(t, brokertest.TalksOldKafka)}, kit.Invalid, "2.8 or later", "brokers"},
		"TLS wanted":          {kafkabus.Config{Brokers: broker, TLS: true}, kit.Unavailable, "may not use TLS", "tls"},
		"TLS missing":         {kafkabus.Config{Brokers: secure}, kit.Invalid, "requires TLS", "tls"},
		"unknown certificate": {kafkabus.Config{Brokers: secure, TLS: true}, kit.Invalid, "not trusted", "ca_file"},
		"no such CA file":     {kafkabus.Config{Brokers: secure, CAFile: "none.pem"}, kit.Invalid, "none.pem", "ca_file"},
		"empty CA file":       {kafkabus.Config{Brokers: secure, CAFile: brokertest.WriteFile(t, "ca.pem", "x")}, kit.Invalid, "has no certificate", "ca_file"},
		"no such certificate": {kafkabus.Config{Brokers: secure, CertFile: "none.pem", KeyFile: "none.pem"}, kit.Invalid, "none.pem", "cert_file"},
		"another's topic":     {kafkabus.Config{Brokers: broker, Topic: anothers(t, broker)}, kit.Invalid, `of "another"; name others`, "topic"},
		"few partitions":      {kafkabus.Config{Brokers: broker, Topic: narrow(t, broker)}, kit.Invalid, "exists with 3 partitions: 16 are needed", "topic"},
		"too many replicas":   {kafkabus.Config{Brokers: broker, Topic: newTopic(t, broker), Replicas: 3}, kit.Invalid, "too few brokers to keep 3 replicas: 1", "replicas"},
		"too long a lease":    {kafkabus.Config{Brokers: broker, Topic: newTopic(t, broker), Lease: 2 * time.Hour}, kit.Invalid, "allows leases from 500ms to 30m0s", "lease"},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.NoGoroutineLeft(t)
			began := time.Now()
			_, _, looked := kafkabus.Look(t.Context(), "test", nil, fault.config)
			middle := time.Now()
			_, err := kafkabus.New(t.Context(), "test", fault.config)
			if kit.CodeOf(looked) != kit.CodeOf(err) {
				t.Errorf("looking: %v", looked)
			}
			t.Log(err)
			if kit.CodeOf(err) != fault.code || !strings.Contains(err.Error(), fault.says) {
				t.Errorf("%v (%s), want %s and %q", err, kit.CodeOf(err), fault.code, fault.says)
			}
			if got := fault.config.KeyOf(err); got != fault.key {
				t.Errorf("%v: key %s, want %s", err, got, fault.key)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error tells the password")
			}
			if looking, starting := middle.Sub(began), time.Since(middle); max(looking, starting) > 5*time.Second {
				t.Errorf("it took %v to look and %v to start", looking, starting)
			}
		})
	}
	open(t, kafkabus.Config{Brokers: secure, CAFile: caFile})
	right := with(shop, func(c *kafkabus.Config) { c.Password = kit.NewSecret("right") })
	open(t, right)
	addUser(t, guarded)
	right.Mechanism, right.Password, right.User = "scram-sha-256", kit.NewSecret("salted"), "scrammer"
	brokertest.MustPublish(t, openAsNew(t, right), brokertest.Message("k", 1))
}

// addUser makes a user for SCRAM.
func addUser(t *testing.T, address string) {
	t.Helper()
	changed, err := operatorAs(t, address, "shop", "right").AlterUserSCRAMs(t.Context(), nil, []kadm.UpsertSCRAM{
		{User: "scrammer", Mechanism: kadm.ScramSha256, Iterations: 4096, Password: "salted"},
	})
	if err != nil || changed.Error() != nil {
		t.Fatal(err, changed.Error())
	}
}

// TestTopicsAreWidened shows that a second start has a topic keep messages for longer if
// it must, and never for less long.
func TestTopicsAreWidened(t *testing.T) {
	c := config(t, testserver.Kafka(t))
	for _, step := range []struct{ maxAge, want time.Duration }{
		{time.Hour, time.Hour}, {2 * time.Hour, 2 * time.Hour}, {time.Minute, 2 * time.Hour}, {0, 0}, {time.Hour, 0},
	} {
		c.MaxAge = step.maxAge
		open(t, c)
		want := fmt.Sprint(step.want.Milliseconds())
		if step.want == 0 {
			want = "-1"
		}
		if have := settings(t, operator(t, c.Brokers), c.Topic+".events")["retention.ms"]; have != want {
			t.Errorf("after a start with %v, retention.ms is %s, want %s", step.maxAge, have, want)
		}
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, cs := range map[string][]kafkabus.Config{
		"":          {{}, {Brokers: "a:1,b:2", User: "u", Password: kit.NewSecret("p"), Mechanism: "scram-sha-512"}},
		"Topic":     {{Topic: "a.b"}},
		"Replicas":  {{Replicas: 10}},
		"MaxAge":    {{MaxAge: time.Second}},
		"Lease":     {{Lease: time.Millisecond}},
		"Window":    {{Window: -1}},
		"Brokers":   {{Brokers: "shop:secret@127.0.0.1:9092"}, {Brokers: "127.0.0.1"}, {Brokers: "kafka://a:1"}, {Brokers: "a:1,,b:1"}},
		"CertFile":  {{CertFile: "a.pem"}},
		"Mechanism": {{Mechanism: "gssapi"}},
		"Password":  {{Password: kit.NewSecret("p")}},
	} {
		for _, c := range cs {
			got := ""
			c.Check(func(field, _ string) { got += field })
			if got != want {
				t.Errorf("%+v: %q, want %q", c, got, want)
			}
		}
	}
}

// closes ends a connection when something was said: before that, the client would learn of
// a reset.
func closes(conn net.Conn) error {
	_, _ = conn.Read(make([]byte, 4096))
	return conn.Close()
}

// anothers makes the topics of another service.
func anothers(t *testing.T, broker string) (name string) {
	t.Helper()
	name = newTopic(t, broker)
	b, err := kafkabus.New(t.Context(), "another", kafkabus.Config{Brokers: broker, Topic: name, ConnectTimeout: patience})
	if err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	return name
}

// narrow makes a topic that has too few partitions.
func narrow(t *testing.T, broker string) (name string) {
	t.Helper()
	name = newTopic(t, broker)
	if _, err := operator(t, broker).CreateTopic(t.Context(), 3, 1, nil, name+".events"); err != nil {
		t.Fatal(err)
	}
	return name
}

// settings returns how a topic is configured.
func settings(t testing.TB, admin *kadm.Client, topic string) map[string]string {
	t.Helper()
	described, err := admin.DescribeTopicConfigs(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, c := range described {
		for _, entry := range c.Configs {
			all[entry.Key] = entry.MaybeValue()
		}
	}
	return all
}
