package rabbitmqbus_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/rabbitmqbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that a start that cannot succeed ends soon, with what is
// wrong, and leaves nothing behind.
func TestStartUpFaults(t *testing.T) {
	s := testserver.StartRabbitMQ(t)
	url := s.URL()
	user := func(name, configure, write, read string) rabbitmqbus.Config {
		s.Exec("rabbitmqctl", "add_user", name, "secret")
		s.Exec("rabbitmqctl", "set_permissions", name, configure, write, read)
		return rabbitmqbus.Config{URL: url, User: name, Password: kit.NewSecret("secret")}
	}
	cert, key := brokertest.Certificate(t)
	secure := "amqps" + strings.TrimPrefix(testserver.StartRabbitMQWith(t,
		"listeners.tcp = none\nlisteners.ssl.default = 5672\nssl_options.certfile = /etc/cert.pem\nssl_options.keyfile = /etc/key.pem\n",
		map[string]string{"/etc/cert.pem": cert, "/etc/key.pem": key}).URL(), "amqp")
	caFile := brokertest.WriteFile(t, "cert.pem", cert)
	nats := "amqp" + strings.TrimPrefix(testserver.NATS(t), "nats")
	web := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(web.Close)
	on := func(url string) rabbitmqbus.Config { return rabbitmqbus.Config{URL: url} }
	ch := channelTo(t, url)
	for name, kind := range map[string]string{"fanned": amqp.ExchangeFanout, "anothers": amqp.ExchangeTopic} {
		if err := ch.ExchangeDeclare(name, kind, true, false, false, false, amqp.Table{"alternate-exchange": "other"}); err != nil {
			t.Fatal(err)
		}
	}
	b, err := rabbitmqbus.New(t.Context(), "other", on(url))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	have := func() string {
		lines := strings.Split(s.Exec("rabbitmqctl", "-q", "list_exchanges", "name")+s.Exec("rabbitmqctl", "-q", "list_queues", "name"), "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	before := have()
	const permissions = "configure, write and read permissions"
	for name, fault := range map[string]struct {
		config rabbitmqbus.Config
		code   kit.Code
		says   string
		key    string
	}{
		"wrong password":      {rabbitmqbus.Config{URL: url, User: "guest", Password: kit.NewSecret("secret")}, kit.Invalid, "refuses the user or the password", "password"},
		"no user":             {rabbitmqbus.Config{URL: url, Password: kit.NewSecret("secret")}, kit.Invalid, "refuses the user or the password", "user"},
		"no virtual host":     {rabbitmqbus.Config{URL: url, VHost: "none"}, kit.Invalid, "no virtual host none", "vhost"},
		"refused port":        {on("amqp://127.0.0.1:" + brokertest.FreePort(t)), kit.Unavailable, "cannot be reached", "url"},
		"unknown host":        {on("amqp://nowhere.invalid:5672"), kit.Unavailable, "cannot be reached", "url"},
		"silent server":       {on(pretend(t, "", false)), kit.Unavailable, "does not answer in time", "url"},
		"falls silent":        {on(pretend(t, "4.0.5", true)), kit.Unavailable, "does not answer in time", "url"},
		"HTTP server":         {on("amqp" + strings.TrimPrefix(web.URL, "http")), kit.Unavailable, "is not RabbitMQ", "url"}, // it waits for the end of a line
		"ActiveMQ":            {on("amqp://" + brokertest.Pretend(t, brokertest.Answers("AMQP\x03\x01\x00\x00"))), kit.Invalid, "is not RabbitMQ", "url"},
		"NATS server":         {on(nats), kit.Invalid, "is not RabbitMQ", "url"},
		"old server":          {on(pretend(t, "3.13.7", true)), kit.Invalid, "4.0 or later is needed", "url"},
		"TLS wanted":          {on("amqps" + strings.TrimPrefix(url, "amqp")), kit.Invalid, "does not use TLS", "url"},
		"unknown certificate": {on(secure), kit.Invalid, "not trusted", "ca_file"},
		"TLS not wanted":      {on("amqp" + strings.TrimPrefix(secure, "amqps")), kit.Invalid, "requires TLS", "url"},
		"no such CA file":     {rabbitmqbus.Config{URL: secure, CAFile: "none.pem"}, kit.Invalid, "none.pem", "ca_file"},
		"CA file without any": {rabbitmqbus.Config{URL: secure, CAFile: brokertest.WriteFile(t, "key.pem", key)}, kit.Invalid, "no certificate", "ca_file"},
		"no permission":       {user("nobody", "", "", ""), kit.Invalid, permissions, "user"},
		"no configure":        {user("constant", "", ".*", ".*"), kit.Invalid, permissions, "user"},
		"no write":            {user("reader", ".*", "", ".*"), kit.Invalid, permissions, "user"},
		"no read":             {user("writer", ".*", ".*", ""), kit.Invalid, permissions, "user"},
		"another service's":   {rabbitmqbus.Config{URL: url, Exchange: "other"}, kit.Invalid, "name another", "exchange"},
		"another type":        {rabbitmqbus.Config{URL: url, Exchange: "fanned"}, kit.Invalid, "name another", "exchange"},
		"other arguments":     {rabbitmqbus.Config{URL: url, Exchange: "anothers"}, kit.Invalid, "name another", "exchange"},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.NoGoroutineLeft(t)
			for _, start := range []func() error{
				func() error {
					_, _, err := rabbitmqbus.Look(t.Context(), "test", nil, fault.config)
					return err
				},
				func() error {
					_, err := rabbitmqbus.New(t.Context(), "test", fault.config)
					return err
				},
			} {
				began := time.Now()
				err := start()
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("it took %v", took)
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
			}
		})
	}
	if after := have(); after != before {
		t.Errorf("the server had\n%s\nand has\n%s", before, after)
	}
	open(t, rabbitmqbus.Config{URL: secure, CAFile: caFile})
	open(t, rabbitmqbus.Config{URL: "amqps://localhost:" + brokertest.FreePort(t) + "," + secure, CAFile: caFile}) // each server has a name of its own
	open(t, rabbitmqbus.Config{URL: pretend(t, "", false) + "," + pretend(t, "", false) + "," + url})
	open(t, user("service", "^test", "^test", "^test"))
}

// TestQueueWithOtherSettings shows the same for what a group has on the server.
func TestQueueWithOtherSettings(t *testing.T) {
	url := testserver.RabbitMQ(t)
	ch := channelTo(t, url)
	c := config(url)
	b := open(t, c)
	if _, err := ch.QueueDeclare(c.Exchange+".g.07", true, false, false, false, nil); err != nil {
		t.Fatal(err)
	}
	brokertest.NoGoroutineLeft(t)
	for name, try := range map[string]func() error{
		"a subscription": func() error {
			_, err := b.Subscribe(t.Context(), kit.Subscription{Group: "g", Topics: []string{"a"}}, nil)
			return err
		},
		"a look": func() error {
			_, _, err := rabbitmqbus.Look(t.Context(), "test", []string{"f", "g"}, c)
			return err
		},
	} {
		began := time.Now()
		err := try()
		t.Log(err)
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), "with other settings") || !strings.Contains(err.Error(), c.Exchange+".g") {
			t.Errorf("%s: %v", name, err)
		}
		if key := c.KeyOf(err); key != "exchange" {
			t.Errorf("%s: key %s", name, key)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
	if _, err := channelTo(t, url).QueueDeclarePassive(c.Exchange+".f.00", true, false, false, false, nil); err == nil {
		t.Error("a look made a queue")
	}
}

// TestLookChangesNothing shows that to look makes nothing, and tells what would be made.
func TestLookChangesNothing(t *testing.T) {
	c := config(testserver.RabbitMQ(t))
	for _, made := range []bool{false, true} {
		found, largest, err := rabbitmqbus.Look(t.Context(), "test", nil, c)
		if err != nil || largest != 16<<20 || strings.Contains(found, "is created") == made {
			t.Errorf("found %q, %d, %v", found, largest, err)
		}
		err = channelTo(t, c.URL).ExchangeDeclarePassive(c.Exchange, amqp.ExchangeTopic, true, false, false, false, nil)
		if (err == nil) != made {
			t.Errorf("the exchange is there, or not: %v", err)
		}
		open(t, c)
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]rabbitmqbus.Config{
		"":               {URL: "amqp://127.0.0.1:5672/, amqps://c"},
		"Exchange":       {Exchange: "a.b"},
		"MaxMessage":     {MaxMessage: 5},
		"Window":         {Window: -1},
		"ConnectTimeout": {ConnectTimeout: time.Millisecond},
		"PublishTimeout": {PublishTimeout: time.Millisecond},
		"Lease":          {Lease: time.Millisecond},
		"URL":            {URL: "amqp://shop:secret@127.0.0.1:5672"},
		"CertFile":       {CertFile: "a.pem"},
	} {
		got := ""
		c.Check(func(field, problem string) {
			got += field
			if strings.Contains(problem, "secret") {
				t.Error("the problem tells the password")
			}
		})
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// channelTo returns a channel for what others do on a server.
func channelTo(t testing.TB, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// pretend is a server that talks as RabbitMQ of a version does until a client is let in, or
// says nothing.
func pretend(t *testing.T, version string, speaks bool) (url string) {
	t.Helper()
	talk := brokertest.TalksRabbitMQ(version)
	if !speaks {
		talk = nil
	}
	return "amqp://" + brokertest.Pretend(t, talk)
}
