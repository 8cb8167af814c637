package testserver

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

// brokerXML has the broker speak AMQP, and acknowledge only what is on disk. Topics that
// begin with VirtualTopic are kept in queues, as it does by default. What a client that
// says nothing has not settled goes to others after 3 to 6 s, not 30 to 60, and small
// frames are sent at once.
const brokerXML = `<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
	xsi:schemaLocation="http://www.springframework.org/schema/beans http://www.springframework.org/schema/beans/spring-beans.xsd
		http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
	<broker xmlns="http://activemq.apache.org/schema/core" dataDirectory="/tmp/activemq" useJmx="false">
		<plugins>
			<simpleAuthenticationPlugin>
				<users>
					<authenticationUser username="admin" password="admin" groups="admins"/>
				</users>
			</simpleAuthenticationPlugin>
			<statisticsBrokerPlugin/>
		</plugins>
		<persistenceAdapter>
			<kahaDB directory="/tmp/activemq/kahadb" journalDiskSyncStrategy="always"/>
		</persistenceAdapter>
		<transportConnectors>
			<transportConnector uri="amqp://0.0.0.0:5672?transport.wireFormat.idleTimeout=3000&amp;transport.tcpNoDelay=true"/>
		</transportConnectors>
	</broker>
</beans>
`

var activeMQ = kind{
	official: "apache/activemq-classic:6.3.1",
	variable: "TEST_ACTIVEMQ_IMAGE",
	port:     "5672/tcp",
	options:  activeMQOptions(brokerXML),
	url:      "amqp://admin:admin@%s",
	answers: func(ctx context.Context, s *Server) error {
		const sasl = "AMQP\x03\x01\x00\x00"
		answer, err := s.ask(ctx, sasl)
		if err == nil && !strings.HasPrefix(answer, sasl) {
			err = fmt.Errorf("it answers %q", answer)
		}
		return err
	},
}

// activeMQOptions returns the options of a server with a configuration.
func activeMQOptions(xml string) func(int) []testcontainers.ContainerCustomizer {
	return func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithEnv(map[string]string{"ACTIVEMQ_OPTS_MEMORY": "-Xms64M -Xmx256M -XX:+UseSerialGC -XX:TieredStopAtLevel=1"}),
			testcontainers.WithFiles(testcontainers.ContainerFile{
				Reader: strings.NewReader(xml), ContainerFilePath: "/opt/apache-activemq/conf/activemq.xml", FileMode: 0o644,
			}),
		}
	}
}

// sharedActiveMQ starts the server that the tests of the binary share.
var sharedActiveMQ = sync.OnceValues(func() (*Server, error) { return activeMQ.start() })

// ActiveMQ returns the URL of an ActiveMQ Classic, for AMQP 1.0, that the tests of the
// package share. A test must use topics and queues that no other test uses.
func ActiveMQ(t testing.TB) string {
	t.Helper()
	return started(t, sharedActiveMQ).URL()
}

// StartActiveMQ starts a server for this test, which is removed after it.
func StartActiveMQ(t testing.TB) *Server {
	t.Helper()
	return activeMQ.own(t)
}

// StartActiveMQInMemory is StartActiveMQ with files in memory, for benchmarks that are not
// to measure the disk.
func StartActiveMQInMemory(t testing.TB) *Server {
	t.Helper()
	return activeMQ.own(t, testcontainers.WithTmpfs(map[string]string{"/tmp/activemq": "rw,mode=1777"}))
}

// StartActiveMQWith is StartActiveMQ with another configuration: in that of the others,
// each first of two strings is replaced by the second.
func StartActiveMQWith(t testing.TB, oldnew ...string) *Server {
	t.Helper()
	k := activeMQ
	k.options = activeMQOptions(strings.NewReplacer(oldnew...).Replace(brokerXML))
	return k.own(t)
}

// StartArtemis starts an ActiveMQ Artemis for this test, which is removed after it. It is
// for rare runs: where TEST_ARTEMIS_IMAGE names no image, the test is skipped.
func StartArtemis(t testing.TB) *Server {
	t.Helper()
	k := activeMQ
	k.official, k.variable, k.url = "apache/activemq-artemis:2.40.0", "TEST_ARTEMIS_IMAGE", "amqp://artemis:artemis@%s"
	k.options = func(int) []testcontainers.ContainerCustomizer { return nil }
	k.mustBeNamed(t)
	return k.own(t)
}

// mustBeNamed skips a test for rare runs where no image is named.
func (k kind) mustBeNamed(t testing.TB) {
	t.Helper()
	if os.Getenv(k.variable) == "" {
		t.Skipf("a rare run: %s names no image, such as %s", k.variable, k.official)
	}
}
