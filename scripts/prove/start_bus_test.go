package prove

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// Servers that are too old, or of another kind than is asked for.
var oldNATS, oldRabbitMQ = brokertest.TalksNATS("2.9.25"), brokertest.TalksRabbitMQ("3.13.7")

// busFault is a configuration of a bus with which no service can start.
type busFault struct {
	name string
	keys string // of the section, with their values: "url=amqp://127.0.0.1:5672 vhost=shop"
	says string // the cause
	key  string // of the section, to change
}

// busFaults returns faults as those of the service. The user is called shop, with a
// password that is wrong, unless the keys say otherwise.
func busFaults(bus string, faults ...busFault) (all []startFault) {
	section := "SHOP_BUS_" + strings.ToUpper(bus) + "_"
	for _, f := range faults {
		variables := []string{"SHOP_BUS_ADAPTER=" + bus, section + "USER=shop", section + "PASSWORD=" + password}
		for pair := range strings.FieldsSeq(f.keys) {
			key, value, _ := strings.Cut(pair, "=")
			variables = append(variables, section+strings.ToUpper(key)+"="+value)
		}
		all = append(all, startFault{"bus (" + bus + ") " + f.name, variables, f.says, "bus." + bus + "." + f.key, nil})
	}
	return all
}

func natsFaults(t *testing.T) []startFault {
	t.Helper()
	const jetStream = "jetstream {store_dir: /tmp/nats}\n"
	guarded := testserver.StartNATSWith(t, jetStream+"authorization {user: shop, password: right}\n", nil).Addr()
	plain := testserver.StartNATSWith(t, "", nil).Addr() // without JetStream
	return busFaults("nats",
		busFault{"wrong password", "url=nats://" + guarded, "refuses the user, the password", "password"},
		busFault{"refused port", "url=nats://" + freeAddr(t), "cannot be reached", "url"},
		busFault{"no TLS", "url=tls://" + plain, "does not use TLS, which the URL or a certificate requires", "url"},
		busFault{"no JetStream", "url=nats://" + plain, "without JetStream", "url"},
		busFault{"silent server", "url=nats://" + brokertest.Pretend(t, nil), "NATS at", "url"},
		busFault{"old server", "url=nats://" + brokertest.Pretend(t, oldNATS), "2.10 or later", "url"},
	)
}

func rabbitMQFaults(t *testing.T) []startFault {
	t.Helper()
	s := testserver.StartRabbitMQ(t)
	at := "url=amqp://" + s.Addr()
	conn, err := amqp.Dial(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.ExchangeDeclare("fanned", amqp.ExchangeFanout, true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	s.Exec("rabbitmqctl", "add_user", "weak", password)
	s.Exec("rabbitmqctl", "set_permissions", "weak", "", "", "")
	const guest = " user=guest password=guest"
	return busFaults("rabbitmq",
		busFault{"wrong password", at, "refuses the user or the password", "password"},
		busFault{"no virtual host", at + " vhost=nowhere" + guest, "no virtual host nowhere", "vhost"},
		busFault{"no permission", at + " user=weak", "configure, write and read permissions", "user"},
		busFault{"refused port", "url=amqp://" + freeAddr(t), "cannot be reached", "url"},
		busFault{"no TLS", "url=amqps://" + s.Addr(), "does not use TLS", "url"},
		busFault{"silent server", "url=amqp://" + brokertest.Pretend(t, nil), "does not answer in time", "url"},
		busFault{"another kind of server", "url=amqp://" + brokertest.Pretend(t, oldNATS), "is not RabbitMQ", "url"},
		busFault{"old server", "url=amqp://" + brokertest.Pretend(t, oldRabbitMQ), "4.0 or later", "url"},
		busFault{"an exchange with other settings", at + " exchange=fanned" + guest, "name another", "exchange"},
	)
}

func activeMQFaults(t *testing.T) []startFault {
	t.Helper()
	s := testserver.StartActiveMQ(t)
	at := "url=amqp://" + s.Addr()
	b, err := activemqbus.New(t.Context(), "desk", activemqbus.Config{URL: s.URL(), ConnectTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	const admin = " user=admin password=admin"
	return busFaults("activemq",
		busFault{"wrong password", at, "refuses the user or the password", "password"},
		busFault{"refused port", "url=amqp://" + freeAddr(t), "cannot be reached", "url"},
		busFault{"no TLS", "url=amqps://" + s.Addr(), "does not use TLS", "url"},
		busFault{"silent server", "url=amqp://" + brokertest.Pretend(t, nil), "does not answer in time", "url"},
		busFault{"another kind of server", "url=amqp://" + brokertest.Pretend(t, oldNATS), "does not speak AMQP 1.0", "url"},
		busFault{"a server of AMQP 0-9-1", "url=amqp://" + brokertest.Pretend(t, oldRabbitMQ), "does not speak AMQP 1.0", "url"},
		busFault{"another project's topics", at + " topic=desk" + admin, "has the events of desk; name another", "topic"},
	)
}

func kafkaFaults(t *testing.T) []startFault {
	t.Helper()
	plain := testserver.StartKafka(t).Addr()
	guarded := testserver.StartKafkaWith(t, map[string]string{
		"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP":                "CLIENTS:SASL_PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
		"KAFKA_LISTENER_NAME_CLIENTS_SASL_ENABLED_MECHANISMS": "PLAIN",
		"KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG":  `org.apache.kafka.common.security.plain.PlainLoginModule required user_shop="right";`,
	}, nil).Addr()
	b, err := kafkabus.New(t.Context(), "desk", kafkabus.Config{Brokers: plain, ConnectTimeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := kgo.NewClient(kgo.SeedBrokers(plain))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := kadm.NewClient(c).CreateTopic(t.Context(), 3, 1, nil, "narrow.events"); err != nil {
		t.Fatal(err)
	}
	const nobody = " user= password="
	return busFaults("kafka",
		busFault{"wrong password", "brokers=" + guarded, "refuses the user or the password", "password"},
		busFault{"a user where none is wanted", "brokers=" + plain, "has no SASL", "user"},
		busFault{"refused port", "brokers=" + freeAddr(t) + nobody, "cannot be reached", "brokers"},
		busFault{"no TLS", "brokers=" + plain + " tls=true" + nobody, "may not use TLS", "tls"},
		busFault{"silent server", "brokers=" + brokertest.Pretend(t, nil) + nobody, "does not answer in time", "brokers"},
		busFault{"another kind of server", "brokers=" + brokertest.Pretend(t, oldNATS) + nobody, "is not Kafka", "brokers"},
		busFault{"old server", "brokers=" + brokertest.Pretend(t, brokertest.TalksOldKafka) + nobody, "2.8 or later", "brokers"},
		busFault{"a topic with other settings", "brokers=" + plain + " topic=narrow" + nobody, "exists with 3 partitions: 16 are needed", "topic"},
		busFault{"another project's topics", "brokers=" + plain + " topic=desk" + nobody, `of "desk"; name others`, "topic"},
		busFault{"too few brokers", "brokers=" + plain + " replicas=3" + nobody, "too few brokers to keep 3 replicas", "replicas"},
	)
}

// TestNarrowBuses shows that check tells of a bus that does not take the events of the
// largest requests.
func TestNarrowBuses(t *testing.T) {
	binary := shopWithReceipts(t).binary
	for _, b := range brokers {
		t.Run(b.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), binary, "check", "--set", "http.addr=127.0.0.1:0", "--set", "http.max_body=33554432")
			cmd.Dir = t.TempDir()
			cmd.Env = append(cmd.Environ(), b.at(b.start(t).URL())...)
			said, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(said), "the bus takes events of up to ") {
				t.Errorf("check: %v\n%s", err, said)
			}
		})
	}
}
