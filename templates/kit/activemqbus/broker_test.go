package activemqbus_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/go-amqp"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// version starts a version of a service, which knows some topics of a group and counts
// the messages of each key in one series.
func version(t *testing.T, b kit.Bus, j *brokertest.Journal, topics ...string) (stop func(context.Context) error) {
	t.Helper()
	stop, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: topics}, j.Handler(fmt.Sprint(topics), 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return stop
}

// TestRollback shows that many messages that an old version does not know, more than a
// member receives at once, hold up none that it knows, and that the new version handles
// them in the order of each key, whatever their topics are.
func TestRollback(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	publisher, fresh, old := open(t, c), brokertest.NewJournal(), brokertest.NewJournal()
	if err := version(t, open(t, c), fresh, "a", "b", "c")(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := version(t, open(t, c), old, "a")
	const each = 2000
	var msgs []kit.Message
	for n := range each {
		for _, key := range []string{"k", "l"} {
			m := brokertest.Message(key, n)
			m.Topic = []string{"b", "c"}[n%2]
			msgs = append(msgs, m)
		}
	}
	brokertest.MustPublish(t, publisher, msgs...)
	known := brokertest.Series(40, 0, 5)
	for i := range known {
		known[i].Topic = "a"
	}
	known[0].Key, known[1].Key = "k", "l" // the partitions of the others
	known = known[:2]
	brokertest.MustPublish(t, publisher, known...)
	old.Check(t, len(known))
	version(t, open(t, c), fresh, "a", "b", "c")
	fresh.Check(t, 2*each/2)
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	fresh.Check(t, 2*each)
}

// TestOldVersionDies shows the same for members that are cut off while they park.
func TestOldVersionDies(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	publisher, fresh := open(t, c), brokertest.NewJournal()
	if err := version(t, open(t, c), fresh, "a", "b")(t.Context()); err != nil {
		t.Fatal(err)
	}
	way := brokertest.NewProxy(t, c.URL)
	viaProxy := c
	viaProxy.URL = way.URL
	version(t, open(t, viaProxy), brokertest.NewJournal(), "a")
	const keys, each, rounds = 10, 20, 5
	for round := range rounds {
		msgs := brokertest.Series(keys, round*each, each)
		for i := range msgs {
			msgs[i].Topic = "b"
		}
		brokertest.MustPublish(t, publisher, msgs...)
		way.Cut()
	}
	version(t, open(t, c), fresh, "a", "b")
	fresh.Check(t, keys*each*rounds)
}

// TestOtherGroupsTopics shows that what a group does not receive is removed for it.
func TestOtherGroupsTopics(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	b, one, other := open(t, c), brokertest.NewJournal(), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "one", one.Handler("one", 0, 0))
	version(t, b, other, "else")
	msgs := brokertest.Series(40, 0, 25)
	for _, m := range brokertest.Series(40, 0, 1) {
		m.Topic = "else"
		msgs = append(msgs, m)
	}
	brokertest.MustPublish(t, b, msgs...)
	other.Check(t, 40)
	one.Check(t, 1000)
	for _, group := range []string{"one", "g"} {
		for p := range 16 {
			brokertest.Eventually(t, "a queue is empty", func() bool {
				return isEmpty(t, c.URL, fmt.Sprintf("queue://Consumer.%s.VirtualTopic.%s.%02d", group, c.Topic, p))
			})
		}
	}
}

// TestQueuesAreKept shows that a broker that removes queues that nobody uses removes none
// of a group that is away.
func TestQueuesAreKept(t *testing.T) {
	s := testserver.StartActiveMQWith(t,
		`useJmx="false"`, `useJmx="false" schedulePeriodForDestinationPurge="500"`,
		"<persistenceAdapter>", `<destinationPolicy><policyMap><policyEntries>
			<policyEntry queue=">" gcInactiveDestinations="true" inactiveTimeoutBeforeGC="500"/>
		</policyEntries></policyMap></destinationPolicy><persistenceAdapter>`)
	c := config(s.URL())
	b, j := open(t, c), brokertest.NewJournal()
	for round := range 3 {
		if err := brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round == 1 { // the one that made the queues goes
			again := open(t, c)
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			b = again
		}
		time.Sleep(3 * time.Second) // for the broker to look several times
		brokertest.MustPublish(t, b, brokertest.Series(40, round, 1)...)
	}
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	j.Check(t, 120)
}

// TestStoreLost shows that queues and records that are gone are made again, with all
// groups that were known, and that what is published from then on is handled.
func TestStoreLost(t *testing.T) {
	s := testserver.StartActiveMQWith(t, "/tmp/activemq/kahadb\"", "/dev/shm/kahadb\" journalMaxFileLength=\"4mb\"") // it is empty after each start
	c := config(s.URL())
	c.PublishTimeout = 2 * time.Second
	b, j := open(t, c), brokertest.NewJournal()
	if err := brokertest.Subscribe(t, b, "away", nil)(t.Context()); err != nil {
		t.Fatal(err)
	}
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	for round := range 3 {
		for _, m := range brokertest.Series(40, 5*round, 5) { // as the outbox does
			brokertest.Eventually(t, "a message is taken", func() bool { return brokertest.Publish(t, b, m)[0] == nil })
		}
		j.Check(t, 200*(round+1))
		if round < 2 {
			s.Kill()
			s.Start()
			brokertest.Eventually(t, "the bus answers", func() bool { return b.Ping(t.Context()) == nil })
		}
	}
	var came sync.Map // by ID: a message may come twice
	brokertest.Subscribe(t, b, "away", func(_ context.Context, m kit.Message) error { came.Store(m.ID, true); return nil })
	brokertest.Eventually(t, "the group that was away has what came last", func() bool {
		n := 0
		came.Range(func(any, any) bool { n++; return true })
		return n == 200
	})
}

// TestServerRefuses has everything that a broker may refuse happen to a bus. What is
// changed in the configuration of a broker is so after a restart.
func TestServerRefuses(t *testing.T) {
	const (
		file   = "/opt/apache-activemq/conf/activemq.xml"
		user   = `<authenticationUser username="shop" password="right" groups="shops"/>`
		rights = `read="shops,admins" write="shops,admins" admin="shops,admins"/>`
	)
	s := testserver.StartActiveMQWith(t,
		"</users>", user+"</users>",
		"</simpleAuthenticationPlugin>", `</simpleAuthenticationPlugin>
			<authorizationPlugin><map><authorizationMap><authorizationEntries>
				<authorizationEntry queue=">" `+rights+`
				<authorizationEntry topic=">" `+rights+`
				<authorizationEntry topic="ActiveMQ.Advisory.>" read="anybody,shops" write="anybody,shops" admin="anybody,shops"/>
			</authorizationEntries></authorizationMap></map></authorizationPlugin>`,
		"<persistenceAdapter>", `<systemUsage><systemUsage><storeUsage><storeUsage limit="1 gb"/></storeUsage></systemUsage></systemUsage><persistenceAdapter>`)
	change := func(expression string) func() {
		return func() {
			s.Exec("sed", "-i", expression, file)
			s.Stop()
			s.Start()
		}
	}
	c := config(strings.Replace(s.URL(), "admin:admin@", "", 1))
	c.User, c.Password, c.PublishTimeout = "shop", kit.NewSecret("right"), 2*time.Second
	brokertest.Refusals(t, open(t, c),
		brokertest.Refusal{
			Name: "another password", Says: "refuses the user or the password",
			Begin: change(`s/password="right"/password="other"/`), End: change(`s/password="other"/password="right"/`),
		},
		brokertest.Refusal{
			Name: "no permission", Says: "denies the user",
			Begin: change(`s/"shops,admins"/"admins"/g`), End: change(`s/"admins"/"shops,admins"/g`),
		},
		brokertest.Refusal{
			Name: "its store is full", Says: "its store is full",
			Begin: change(`s/limit="1 gb"/limit="1 kb"/`), End: change(`s/limit="1 kb"/limit="1 gb"/`),
		},
	)
}

// TestAnotherTakesTheName shows that a bus whose names another service has taken says so,
// and takes nothing.
func TestAnotherTakesTheName(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	way := brokertest.NewProxy(t, c.URL)
	viaProxy := c
	viaProxy.URL = way.URL
	b := open(t, viaProxy)
	put(t, c.URL, "queue://"+c.Topic+".groups", `{"service":"shop","facts":[]}`)
	way.Cut()
	brokertest.Eventually(t, "Ping tells", func() bool {
		err := b.Ping(t.Context())
		return kit.CodeOf(err) == kit.Unavailable && strings.Contains(err.Error(), "has the events of shop")
	})
	for _, err := range brokertest.Publish(t, b, brokertest.Series(40, 0, 1)...) {
		if kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "has the events of shop") {
			t.Fatalf("a message was answered with %v", err)
		}
	}
}

// TestNotOurs shows that what somebody else puts into a queue is put aside.
func TestNotOurs(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	for p := range 16 {
		put(t, c.URL, fmt.Sprintf("queue://Consumer.g.VirtualTopic.%s.%02d", c.Topic, p), "hello")
	}
	brokertest.MustPublish(t, b, brokertest.Series(40, 0, 5)...)
	j.Check(t, 200)
}

// TestKeptByTheBroker shows that what was confirmed is there after the broker was killed,
// while there is no bus.
func TestKeptByTheBroker(t *testing.T) {
	s := testserver.StartActiveMQ(t)
	c := config(s.URL())
	b, j := open(t, c), brokertest.NewJournal()
	if err := brokertest.Subscribe(t, b, "g", nil)(t.Context()); err != nil {
		t.Fatal(err)
	}
	brokertest.MustPublish(t, b, brokertest.Series(40, 0, 5)...)
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	s.Start()
	brokertest.Subscribe(t, open(t, c), "g", j.Handler("member", 0, 0))
	j.Check(t, 200)
}

// put sends a message with another client.
func put(t *testing.T, url, address, body string) {
	t.Helper()
	sender, err := session(t, url).NewSender(t.Context(), address, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := amqp.NewMessage([]byte(body))
	m.Header = &amqp.MessageHeader{Durable: true}
	if err := sender.Send(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
}

// isEmpty reports whether a queue has no message, as far as one hears in a while.
func isEmpty(t *testing.T, url, address string) bool {
	t.Helper()
	r, err := session(t, url).NewReceiver(t.Context(), address, &amqp.ReceiverOptions{SourceDistributionMode: amqp.SourceDistributionModeCopy})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = r.Receive(ctx, nil)
	return err != nil
}

// session is that of another client.
func session(t testing.TB, url string) *amqp.Session {
	t.Helper()
	conn, err := amqp.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	s, err := conn.NewSession(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDiskIsFull shows what becomes of a bus whose broker has no room on its disk, until
// somebody makes some and starts it again.
func TestDiskIsFull(t *testing.T) {
	s, disk := testserver.StartActiveMQOnDisk(t)
	c := config(s.URL())
	c.PublishTimeout = 2 * time.Second
	b := open(t, c)
	brokertest.Refusals(t, b, brokertest.Refusal{Name: "its disk is full", Says: "cannot be used", Begin: disk.Fill, End: func() {
		disk.Free()
		s.Stop()
		s.Start()
	}})
}
