package prove

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/kafkabus"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// broker is a bus over a server.
type broker struct {
	name, title string // in the configuration, and as people call it
	folder      string // of the kit
	start       func(t testing.TB) *testserver.Server
	declares    kit.BusCapability

	// behind starts a server that tells clients to come to another address; nil for one
	// that tells them no address.
	behind func(t testing.TB, address string) *testserver.Server
}

// brokers are all that there are.
var brokers = []broker{
	{"nats", "NATS", "natsbus", testserver.StartNATS, natsbus.Capability(), nil},
	{"rabbitmq", "RabbitMQ", "rabbitmqbus", testserver.StartRabbitMQ, rabbitmqbus.Capability(), nil},
	{"activemq", "ActiveMQ", "activemqbus", testserver.StartActiveMQ, activemqbus.Capability(), nil},
	{"kafka", "Kafka", "kafkabus", testserver.StartKafka, kafkabus.Capability(), kafkaBehind},
}

func kafkaBehind(t testing.TB, address string) *testserver.Server {
	return testserver.StartKafkaWith(t, map[string]string{
		"KAFKA_ADVERTISED_LISTENERS": "CLIENTS://" + address + ",BROKER://localhost:9093",
	}, nil)
}

// withAll are the arguments for a project with all stores and buses.
func withAll() []string {
	buses := "bus=channels"
	for _, b := range brokers {
		buses += "," + b.name
	}
	return []string{"--with", "store=sqlite,postgres", "--with", buses}
}

// leaseInTests has what a lost connection has left unacknowledged come again soon.
const leaseInTests = time.Second

// at returns the variables that move a project to the bus at a URL, or at host:port.
func (b broker) at(server string) []string {
	section, key := "SHOP_BUS_"+strings.ToUpper(b.name), "_URL="
	variables := []string{"SHOP_BUS_ADAPTER=" + b.name, fmt.Sprintf("%s_LEASE=%v", section, leaseInTests)}
	if b.name == "kafka" {
		key = "_BROKERS="
	}
	if at, err := url.Parse(server); err == nil && at.User != nil {
		password, _ := at.User.Password()
		variables = append(variables, section+"_USER="+at.User.Username(), section+"_PASSWORD="+password)
		at.User = nil
		server = at.String()
	}
	return append(variables, section+key+server)
}

// onPostgres returns the variables that move a project to the store.
func onPostgres(dsn string) []string {
	return []string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + dsn}
}

// connectionsTo returns how many connections this machine has to an address of its own.
func connectionsTo(t *testing.T, address string) (n int) {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	table, err := os.Open("/proc/net/tcp")
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close() //nolint:errcheck // it is only read
	const remote, state, established = 2, 3, "01"
	for lines := bufio.NewScanner(table); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if strings.HasSuffix(fields[remote], fmt.Sprintf(":%04X", port)) && fields[state] == established {
			n++
		}
	}
	return n
}
