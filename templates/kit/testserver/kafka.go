package testserver

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/testcontainers/testcontainers-go"
)

var kafka = kind{
	official: "apache/kafka:4.4.0",
	variable: "TEST_KAFKA_IMAGE",
	port:     "9092/tcp",
	options: func(port int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{testcontainers.WithEnv(map[string]string{
			"KAFKA_NODE_ID":                        "1",
			"KAFKA_PROCESS_ROLES":                  "broker,controller",
			"KAFKA_LISTENERS":                      "CLIENTS://:9092,BROKER://localhost:9093,CONTROLLER://localhost:9094",
			"KAFKA_ADVERTISED_LISTENERS":           fmt.Sprintf("CLIENTS://127.0.0.1:%d,BROKER://localhost:9093", port),
			"KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENTS:PLAINTEXT,BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
			"KAFKA_INTER_BROKER_LISTENER_NAME":     "BROKER",
			"KAFKA_CONTROLLER_LISTENER_NAMES":      "CONTROLLER",
			"KAFKA_CONTROLLER_QUORUM_VOTERS":       "1@localhost:9094",
			"KAFKA_LOG_DIRS":                       "/tmp/kafka",
			"KAFKA_LOG_FLUSH_INTERVAL_MESSAGES":    "1", // it acknowledges only what is on disk

			// A broker that was killed is let in again when its session has ended.
			"KAFKA_BROKER_SESSION_TIMEOUT_MS":    "1000",
			"KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "250",

			// There is one broker, and a group does not wait for more members.
			"KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS":             "1",
			"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":         "1",
			"KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS":     "1",
			"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
			"KAFKA_TRANSACTION_STATE_LOG_MIN_ISR":            "1",
			"KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS":         "0",
			"KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS":             "500", // members die soon

			"KAFKA_HEAP_OPTS":            "-Xms64M -Xmx256M",
			"KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
		})}
	},
	url:     "%s",
	answers: func(ctx context.Context, s *Server) error { return hasBrokers(ctx, s, 1) },
}

// hasBrokers asks a broker for all that it knows.
func hasBrokers(ctx context.Context, s *Server, want int) error {
	const brokers = "\x00\x00\x00\x0e\x00\x03\x00\x01\x00\x00\x00\x07\xff\xff\x00\x00\x00\x00" // a request for metadata of no topics
	answer, err := s.ask(ctx, brokers)
	if err == nil && !strings.HasPrefix(answer[min(4, len(answer)):], "\x00\x00\x00\x07\x00\x00\x00"+string(rune(want))) {
		err = fmt.Errorf("it does not answer that there are %d brokers: %q", want, answer)
	}
	return err
}

// sharedKafka starts the server that the tests of the binary share.
var sharedKafka = sync.OnceValues(func() (*Server, error) { return kafka.start(inMemory) })

// inMemory has a server keep its files in memory, so that tests do not wait for the disk.
var inMemory = testcontainers.WithTmpfs(map[string]string{"/tmp/kafka": "rw,mode=1777"})

// Kafka returns the address of a broker that the tests of the package share. A test must
// use topics and groups that no other test uses, and delete them.
func Kafka(t testing.TB) string {
	t.Helper()
	return started(t, sharedKafka).URL()
}

// StartKafkaInMemory is StartKafka with files in memory, for benchmarks that are not to
// measure the disk.
func StartKafkaInMemory(t testing.TB) *Server {
	t.Helper()
	return kafka.own(t, inMemory)
}

// StartKafkaWith is StartKafka with more variables, and with the files that they name, by
// their paths. The listener for clients is called CLIENTS.
func StartKafkaWith(t testing.TB, variables, files map[string]string) *Server {
	t.Helper()
	k := kafka
	k.answers = func(ctx context.Context, s *Server) error {
		const versions = "\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x07\xff\xff" // anybody may ask, and TLS has an answer, too
		_, err := s.ask(ctx, versions)
		return err
	}
	options := []testcontainers.ContainerCustomizer{testcontainers.WithEnv(variables)}
	for path, text := range files {
		options = append(options, testcontainers.WithFiles(testcontainers.ContainerFile{
			Reader: strings.NewReader(text), ContainerFilePath: path, FileMode: 0o644,
		}))
	}
	return k.own(t, options...)
}

// StartKafka starts a broker for this test, which is removed after it.
func StartKafka(t testing.TB) *Server {
	t.Helper()
	return kafka.own(t)
}
