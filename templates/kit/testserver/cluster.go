package testserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	natsclient "github.com/nats-io/nats.go"
	"github.com/testcontainers/testcontainers-go"
)

// servers is how many a cluster has: one may be away, and the others are a majority.
const servers = 3

// inCluster names the nth server of a cluster, from 1 on, for the others.
func inCluster(n int) string { return fmt.Sprint("server", n) }

// all returns what each server of a cluster is called in a list.
func all(format string) string {
	var names []string
	for n := range servers {
		names = append(names, fmt.Sprintf(format, n+1, inCluster(n+1)))
	}
	return strings.Join(names, ",")
}

// startCluster starts a cluster for this test. member returns its nth server. Each waits for
// the others.
func startCluster(t testing.TB, member func(n int) kind) []*Server {
	t.Helper()
	needDocker(t)
	return startAll(t, servers, member, inNetwork(t))
}

// startAll starts servers for this test, the nth with the options of its own.
func startAll(t testing.TB, servers int, member func(n int) kind, own func(n int) []testcontainers.ContainerCustomizer) []*Server {
	t.Helper()
	cluster, errs := make([]*Server, servers), make([]error, servers)
	var starts sync.WaitGroup
	for i := range cluster {
		starts.Go(func() { cluster[i], errs[i] = member(i + 1).start(own(i + 1)...) })
	}
	starts.Wait()
	for _, s := range cluster {
		if s != nil {
			s.t = t
			t.Cleanup(func() { s.must("remove", remove(context.WithoutCancel(t.Context()), s.docker, s.id)) })
		}
	}
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	return cluster
}

// forGuard returns a name for something that the guard removes, if the test does not, and its labels.
func forGuard(t testing.TB) (d *client.Client, name string, labels map[string]string) {
	t.Helper()
	d, err := docker()
	if err != nil {
		t.Fatal(err)
	}
	g, err := guarded()
	if err != nil {
		t.Fatal(err)
	}
	return d, "test-" + rand.Text(), map[string]string{guardLabel: g.label}
}

// inNetwork makes a network, and returns the options of the servers that know each other by
// their names there.
func inNetwork(t testing.TB) func(n int) []testcontainers.ContainerCustomizer {
	t.Helper()
	docker, name, labels := forGuard(t)
	if _, err := docker.NetworkCreate(t.Context(), name, client.NetworkCreateOptions{Labels: labels}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := docker.NetworkRemove(context.WithoutCancel(t.Context()), name, client.NetworkRemoveOptions{}); err != nil {
			t.Error(err)
		}
	})
	return func(n int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithConfigModifier(func(c *container.Config) { c.Hostname = inCluster(n) }),
			testcontainers.WithHostConfigModifier(func(h *container.HostConfig) { h.NetworkMode = container.NetworkMode(name) }),
			testcontainers.WithEndpointSettingsModifier(func(all map[string]*network.EndpointSettings) {
				all[name] = &network.EndpointSettings{Aliases: []string{inCluster(n)}}
			}),
		}
	}
}

// inVolume makes a volume, and returns the options of servers that share it at a path. It is
// in memory, and there as long as one of them runs.
func inVolume(t testing.TB, path string) func(n int) []testcontainers.ContainerCustomizer {
	t.Helper()
	docker, name, labels := forGuard(t)
	if _, err := docker.VolumeCreate(t.Context(), client.VolumeCreateOptions{
		Name: name, Labels: labels,
		DriverOpts: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "mode=1777"},
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := docker.VolumeRemove(context.WithoutCancel(t.Context()), name, client.VolumeRemoveOptions{}); err != nil {
			t.Error(err)
		}
	})
	return func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{testcontainers.WithMounts(testcontainers.VolumeMount(name, testcontainers.ContainerMountTarget(path)))}
	}
}

// StartActiveMQPair starts two brokers for this test that share a store: one waits until the
// other is gone, and takes over.
func StartActiveMQPair(t testing.TB) []*Server {
	t.Helper()
	needDocker(t)
	return startAll(t, 2, func(int) kind {
		k := activeMQ
		k.options = activeMQOptions(strings.NewReplacer(
			`"/tmp/activemq/kahadb" journalDiskSyncStrategy="always"/>`, `"/shared/kahadb" journalDiskSyncStrategy="always">
				<locker><shared-file-locker lockAcquireSleepInterval="500"/></locker>
			</kahaDB>`).Replace(brokerXML))
		k.answers = func(context.Context, *Server) error { return nil } // one of them does not, while it waits
		return k
	}, inVolume(t, "/shared"))
}

// StartNATSCluster starts a cluster with JetStream for this test.
func StartNATSCluster(t testing.TB) []*Server {
	t.Helper()
	return startCluster(t, func(n int) kind {
		k := nats
		k.answers = hasLeader
		k.options = func(port int) []testcontainers.ContainerCustomizer {
			return natsOptions(fmt.Sprintf("server_name: %s\nclient_advertise: \"127.0.0.1:%d\"\n", inCluster(n), port)+
				"cluster {name: test, listen: \"0.0.0.0:6222\", routes: ["+all("nats://%[2]s:6222")+"]}\n"+jetStream, nil)(port)
		}
		return k
	})
}

// hasLeader asks JetStream, which answers when the servers have a leader.
func hasLeader(ctx context.Context, s *Server) error {
	conn, err := natsclient.Connect(s.URL())
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.RequestWithContext(ctx, "$JS.API.INFO", nil)
	return err
}

// StartRabbitMQCluster starts a cluster for this test, of which a server that has lost the
// others pauses. One that says nothing is taken for dead after 6 to 10 s, not 45 to 75.
func StartRabbitMQCluster(t testing.TB) []*Server {
	t.Helper()
	const cookie = "-setcookie test"
	config := "cluster_formation.peer_discovery_backend = classic_config\ncluster_partition_handling = pause_minority\n"
	for n := range servers {
		config += fmt.Sprintf("cluster_formation.classic_config.nodes.%d = rabbit@%s\n", n+1, inCluster(n+1))
	}
	return startCluster(t, func(n int) kind {
		k := rabbitMQ
		k.options = func(int) []testcontainers.ContainerCustomizer {
			return append(withFiles(map[string]string{"/etc/rabbitmq/conf.d/90-test.conf": config}), testcontainers.WithEnv(map[string]string{
				"RABBITMQ_NODENAME":                   "rabbit@" + inCluster(n),
				"RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": cookie + " -kernel net_ticktime 8",
				"RABBITMQ_CTL_ERL_ARGS":               cookie,
			}))
		}
		return k
	})
}

// StartKafkaCluster starts a cluster of brokers, which are controllers as well, for this test.
func StartKafkaCluster(t testing.TB) []*Server {
	t.Helper()
	return startCluster(t, func(n int) kind {
		k := kafka
		k.options = func(port int) []testcontainers.ContainerCustomizer {
			return append(kafka.options(port), testcontainers.WithEnv(map[string]string{
				"KAFKA_NODE_ID":                  fmt.Sprint(n),
				"KAFKA_LISTENERS":                "CLIENTS://:9092,BROKER://:9093,CONTROLLER://:9094",
				"KAFKA_ADVERTISED_LISTENERS":     fmt.Sprintf("CLIENTS://127.0.0.1:%d,BROKER://%[2]s:9093,CONTROLLER://%[2]s:9094", port, inCluster(n)),
				"KAFKA_CONTROLLER_QUORUM_VOTERS": all("%d@%s:9094"),

				// A busy machine does not make a broker one that is away.
				"KAFKA_BROKER_SESSION_TIMEOUT_MS":    "3000",
				"KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",

				"KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR":         "3",
				"KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "3",
			}))
		}
		k.answers = func(ctx context.Context, s *Server) error { return hasBrokers(ctx, s, servers) }
		return k
	})
}
