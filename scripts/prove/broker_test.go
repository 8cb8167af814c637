package prove

import (
	"bufio"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
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
}

// brokers are all that there are.
var brokers = []broker{
	{"nats", "NATS", "natsbus", testserver.StartNATS, natsbus.Capability()},
	{"rabbitmq", "RabbitMQ", "rabbitmqbus", testserver.StartRabbitMQ, rabbitmqbus.Capability()},
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

// at returns the variables that move a project to the bus at an address.
func (b broker) at(url string) []string {
	section, key := "SHOP_BUS_"+strings.ToUpper(b.name), "_URL="
	if b.name == "kafka" {
		key = "_BROKERS="
	}
	return []string{"SHOP_BUS_ADAPTER=" + b.name, section + key + url, fmt.Sprintf("%s_LEASE=%v", section, leaseInTests)}
}

// onPostgres returns the variables that move a project to the store.
func onPostgres(dsn string) []string {
	return []string{"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + dsn}
}

// connectionsTo returns how many connections this machine has to an address of its own.
func connectionsTo(t *testing.T, address string) (n int) {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(at.Port())
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
