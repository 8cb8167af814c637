package blueprint

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Component is an adapter that a project can have.
type Component struct {
	Name string // such as "sqlite"
	What string // a short description
	Kit  string // its package in the kit, such as "sqlitestore"

	OnRequest bool     // a project has it only if somebody asks for it
	Over      []string // it works in front of one of these, which the project must have
}

// Port is a port, and the components that implement it.
type Port struct {
	Name string // such as "store"
	// Components are the available components. Every project that has the port has the
	// first one, which needs nothing installed.
	Components []Component
	Optional   bool // a project has the port only if somebody asks for it
}

// Catalogue lists all available components.
var Catalogue = []Port{
	{Name: "store", Components: []Component{
		{Name: "sqlite", What: "a file on this machine (mattn/go-sqlite3)", Kit: "sqlitestore"},
		{Name: "postgres", What: "PostgreSQL (lib/pq)", Kit: "postgresstore"},
	}},
	{Name: "bus", Components: []Component{
		{Name: "channels", What: "in the process, made durable by the outbox", Kit: "chanbus"},
		{Name: "nats", What: "NATS JetStream (nats-io/nats.go)", Kit: "natsbus"},
		{Name: "rabbitmq", What: "RabbitMQ (rabbitmq/amqp091-go)", Kit: "rabbitmqbus", OnRequest: true},
		{Name: "activemq", What: "ActiveMQ Classic, by AMQP 1.0 (Azure/go-amqp)", Kit: "activemqbus", OnRequest: true},
		{Name: "kafka", What: "Kafka (twmb/franz-go)", Kit: "kafkabus", OnRequest: true},
	}},
	{Name: "cache", Optional: true, Components: []Component{
		{Name: "memory", What: "in the process (maypok86/otter)", Kit: "memorycache", OnRequest: true},
		{Name: "redis", What: "Redis or Valkey (redis/rueidis)", Kit: "rediscache", OnRequest: true},
		{Name: "memcached", What: "Memcached or Hazelcast (bradfitz/gomemcache)", Kit: "memcachedcache", OnRequest: true},
		{Name: "near", What: "memory in front of redis or memcached", Kit: "nearcache", OnRequest: true, Over: []string{"redis", "memcached"}},
	}},
	{Name: "blobs", Optional: true, Components: []Component{
		{Name: "folder", What: "files in a folder of this machine", Kit: "folderblobs", OnRequest: true},
		{Name: "s3", What: "Amazon S3, or another server of its kind (aws/aws-sdk-go-v2)", Kit: "s3blobs", OnRequest: true},
	}},
	{Name: "locks", Optional: true, Components: []Component{
		{Name: "process", What: "a folder, for the processes of one machine", Kit: "processlocks", OnRequest: true},
		{Name: "postgres", What: "PostgreSQL (lib/pq)", Kit: "postgreslocks", OnRequest: true},
		{Name: "redis", What: "Redis or Valkey (redis/rueidis)", Kit: "redislocks", OnRequest: true},
		{Name: "etcd", What: "etcd (go.etcd.io/etcd/client)", Kit: "etcdlocks", OnRequest: true},
		{Name: "zookeeper", What: "ZooKeeper (go-zookeeper/zk)", Kit: "zookeeperlocks", OnRequest: true},
	}},
	{Name: "auth", Optional: true, Components: []Component{
		{Name: "file", What: "tokens of keys in a file, for development (go-jose/go-jose)", Kit: "fileauth", OnRequest: true},
		{Name: "jwks", What: "tokens of an identity provider, by its JWK Set (go-jose/go-jose)", Kit: "jwksauth", OnRequest: true},
	}},
	{Name: "schedule", Optional: true, Components: []Component{
		{Name: "store", What: "in the store, once across all processes (netresearch/go-cron)", Kit: "schedule", OnRequest: true},
	}},
}

// component returns what somebody means by the name of a component, such as nats or bus/nats.
// The name alone is enough where only one port has it, or where the project has only one
// port that can still take it.
func (b Blueprint) component(text string) (Port, string, error) {
	port, name, full := strings.Cut(text, "/")
	if !full {
		port, name = "", text
	}
	var known []string
	var all, open []Port
	for _, p := range Catalogue {
		if full && p.Name == port && !slices.Contains(p.names(), name) {
			return Port{}, "", fmt.Errorf("%s: unknown adapter %+.40q%s; use one of %s", port, name, Suggest(name, p.names()), strings.Join(p.names(), ", "))
		}
		for _, n := range p.names() {
			known = append(known, n, p.Name+"/"+n)
			if n == name && (!full || p.Name == port) {
				all = append(all, p)
				if chosen := b.Adapters[p.Name]; len(chosen) > 0 && !slices.Contains(chosen, n) {
					open = append(open, p)
				}
			}
		}
	}
	switch {
	case len(all) == 0:
		return Port{}, "", fmt.Errorf("unknown adapter %+.40q%s; use one of %s", text, Suggest(text, known), strings.Join(names(), ", "))
	case len(all) == 1:
		return all[0], name, nil
	case len(open) == 1:
		return open[0], name, nil
	}
	var spelled []string
	for _, p := range all {
		spelled = append(spelled, p.Name+"/"+name)
	}
	return Port{}, "", fmt.Errorf("several ports have an adapter %s; write %s", name, strings.Join(spelled, " or "))
}

// names returns the names of all components, each once.
func names() []string {
	var all []string
	for _, p := range Catalogue {
		for _, n := range p.names() {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// Choose sets the components of the project for a port. Copies of the blueprint keep theirs.
func (b *Blueprint) Choose(port string, components []string) {
	adapters := maps.Clone(b.Adapters)
	if adapters == nil {
		adapters = map[string][]string{}
	}
	adapters[port] = components
	b.Adapters = adapters
}

// Defaults returns the components that a project has unless it is asked for others.
func (p Port) Defaults() []string {
	var names []string
	for _, c := range p.Components {
		if !c.OnRequest {
			names = append(names, c.Name)
		}
	}
	return names
}

// IncludePort adds an optional port to the project, with the component that needs nothing
// installed.
func (b *Blueprint) IncludePort(name string) error {
	i := slices.IndexFunc(Catalogue, func(p Port) bool { return p.Name == name })
	switch {
	case i < 0:
		return fmt.Errorf("unknown port %+.40q%s; use one of %s, or give the methods of one of your own, such as 'Send(to:string body:text)'",
			name, Suggest(name, Ports()), strings.Join(Ports(), ", "))
	case len(b.Adapters[name]) > 0:
		return fmt.Errorf("%s already has %s", b.Name, A(name))
	}
	_, err := b.Include(name + "/" + Catalogue[i].Components[0].Name)
	return err
}

// A returns the name of a port after its article: a cache, but locks and auth.
func A(port string) string {
	if strings.HasSuffix(port, "s") && port != "bus" || port == "auth" {
		return port
	}
	return "a " + port
}

// Include adds a component to the project, and its port. It returns which one: redis may be
// cache/redis.
func (b *Blueprint) Include(name string) (component string, err error) {
	port, name, err := b.component(name)
	if err != nil {
		return "", err
	}
	chosen := b.Adapters[port.Name]
	if slices.Contains(chosen, name) {
		return "", fmt.Errorf("%s already has %s/%s", b.Name, port.Name, name)
	}
	b.Choose(port.Name, slices.DeleteFunc(port.names(), func(n string) bool {
		return n != name && n != port.Components[0].Name && !slices.Contains(chosen, n)
	}))
	return port.Name + "/" + name, nil
}

// Ports returns the names of the ports that components serve.
func Ports() []string {
	names := make([]string, len(Catalogue))
	for i, p := range Catalogue {
		names[i] = p.Name
	}
	return names
}

// Components returns the components that the project has, as in a record: store/sqlite.
func (b Blueprint) Components() []string {
	var all []string
	for _, p := range Catalogue {
		for _, c := range b.Adapters[p.Name] {
			all = append(all, p.Name+"/"+c)
		}
	}
	for _, p := range b.Own {
		for _, a := range p.Adapters {
			all = append(all, p.Name.Snake()+"/"+a.Snake())
		}
	}
	return all
}

// Absent returns the components that the project does not have, by port.
func (b Blueprint) Absent() map[string][]string {
	absent := map[string][]string{}
	for _, port := range Catalogue {
		for _, c := range port.names() {
			if !slices.Contains(b.Adapters[port.Name], c) {
				absent[port.Name] = append(absent[port.Name], c)
			}
		}
	}
	return absent
}

func (p Port) names() []string {
	names := make([]string, len(p.Components))
	for i, c := range p.Components {
		names[i] = c.Name
	}
	return names
}

// checkComponents reports unknown, duplicate and missing components.
func (b Blueprint) checkComponents(at func(port string, i int) reporter) {
	for _, port := range Catalogue {
		chosen, names := b.Adapters[port.Name], port.names()
		if port.Optional && len(chosen) == 0 {
			continue
		}
		known := true
		for i, c := range chosen {
			switch {
			case !slices.Contains(names, c):
				known = false
				at(port.Name, i)("%s: unknown component %+.40q%s; use one of %s", port.Name, c, Suggest(c, names), strings.Join(names, ", "))
			case slices.Contains(chosen[:i], c):
				at(port.Name, i)("%s: %s is listed twice; remove one", port.Name, c)
			}
		}
		if known && !slices.Contains(chosen, names[0]) {
			at(port.Name, 0)("%s: every project has %s, which needs nothing installed; add it to the list", port.Name, names[0])
		}
		for _, c := range port.Components {
			lacks := !slices.ContainsFunc(c.Over, func(other string) bool { return slices.Contains(chosen, other) })
			if len(c.Over) > 0 && slices.Contains(chosen, c.Name) && lacks {
				at(port.Name, 0)("%s: %s is in front of another one; add %s to the list", port.Name, c.Name, strings.Join(c.Over, " or "))
			}
		}
	}
}
