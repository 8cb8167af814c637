package activemqbus_test

import (
	"cmp"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/activemqbus"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// withoutRights lets a user in who may do nothing.
const withoutRights = `<authenticationUser username="shop" password="secret" groups="shops"/></users>
</simpleAuthenticationPlugin>
<authorizationPlugin><map><authorizationMap><authorizationEntries>
	<authorizationEntry queue=">" read="admins" write="admins" admin="admins"/>
	<authorizationEntry topic=">" read="admins" write="admins" admin="admins"/>
	<authorizationEntry topic="ActiveMQ.Advisory.>" read="shops,admins" write="shops,admins" admin="shops,admins"/>
</authorizationEntries></authorizationMap></map></authorizationPlugin>`

// TestStartUpFaults shows that a start that cannot succeed ends soon, with what is
// wrong, and leaves nothing behind.
func TestStartUpFaults(t *testing.T) {
	url := testserver.ActiveMQ(t)
	bare := strings.Replace(url, "admin:admin@", "", 1)
	guarded := testserver.StartActiveMQWith(t, "</users>", "", "</simpleAuthenticationPlugin>", withoutRights).URL()
	guarded = strings.Replace(guarded, "admin:admin@", "", 1)
	secure, cert := secured(t, bare)
	caFile := brokertest.WriteFile(t, "cert.pem", cert)
	overTLS := func(url string) string { return strings.Replace(url, "amqp://", "amqps://", 1) }
	anothers := "test-" + kit.NewUUID().String()
	if b, err := activemqbus.New(t.Context(), "shop", activemqbus.Config{URL: url, Topic: anothers}); err != nil {
		t.Fatal(err)
	} else if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	password := kit.NewSecret("secret")
	for name, fault := range map[string]struct {
		config activemqbus.Config
		code   kit.Code
		says   string
	}{
		"wrong password":        {activemqbus.Config{URL: bare, User: "admin", Password: password}, kit.Invalid, "refuses the user or the password"},
		"wrong password in URL": {activemqbus.Config{URL: strings.Replace(bare, "://", "://admin:secret@", 1)}, kit.Invalid, "refuses the user or the password"},
		"no password":           {activemqbus.Config{URL: bare}, kit.Invalid, "refuses the user or the password"},
		"no permission":         {activemqbus.Config{URL: guarded, User: "shop", Password: password}, kit.Invalid, "denies the user"},
		"refused port":          {activemqbus.Config{URL: "amqp://shop:secret@127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "cannot be reached"},
		"unknown host":          {activemqbus.Config{URL: "amqp://nowhere.invalid:5672"}, kit.Unavailable, "cannot be reached"},
		"no URL":                {activemqbus.Config{URL: "http://127.0.0.1:5672"}, kit.Invalid, "must be amqp://"},
		"silent server":         {activemqbus.Config{URL: "amqp://" + brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer in time: it is frozen, its store is full, or it is not ActiveMQ"},
		"server of HTTP":        {activemqbus.Config{URL: "amqp://" + brokertest.Pretend(t, brokertest.Answers("HTTP/1.1 400 Bad Request\r\n\r\n"))}, kit.Invalid, "does not speak AMQP 1.0"},
		"server of AMQP 0-9-1":  {activemqbus.Config{URL: "amqp://" + brokertest.Pretend(t, brokertest.Answers("AMQP\x00\x00\x09\x01"))}, kit.Invalid, "does not speak AMQP 1.0"},
		"NATS":                  {activemqbus.Config{URL: strings.Replace(testserver.NATS(t), "nats://", "amqp://", 1)}, kit.Invalid, "does not speak AMQP 1.0"},
		"RabbitMQ":              {activemqbus.Config{URL: testserver.RabbitMQ(t)}, kit.Invalid, "another kind"},
		"TLS wanted":            {activemqbus.Config{URL: overTLS(bare)}, kit.Invalid, "does not use TLS"},
		"TLS required":          {activemqbus.Config{URL: secure, User: "admin", Password: password}, kit.Invalid, "requires TLS"},
		"unknown certificate":   {activemqbus.Config{URL: overTLS(secure)}, kit.Invalid, "not trusted"},
		"no such CA file":       {activemqbus.Config{URL: overTLS(secure), CAFile: "none.pem"}, kit.Invalid, "none.pem"},
		"empty CA file":         {activemqbus.Config{URL: overTLS(secure), CAFile: brokertest.WriteFile(t, "empty.pem", "")}, kit.Invalid, "no certificate in"},
		"another's topic":       {activemqbus.Config{URL: url, Topic: anothers}, kit.Invalid, "name another"},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.NoGoroutineLeft(t)
			began := time.Now()
			_, _, looked := activemqbus.Look(t.Context(), "test", nil, fault.config)
			middle := time.Now()
			_, err := activemqbus.New(t.Context(), "test", fault.config)
			ended := time.Now()
			if kit.CodeOf(looked) != kit.CodeOf(err) {
				t.Errorf("looking: %v", looked)
			}
			t.Log(err)
			if kit.CodeOf(err) != fault.code || !strings.Contains(err.Error(), fault.says) {
				t.Errorf("%v (%s), want %s and %q", err, kit.CodeOf(err), fault.code, fault.says)
			}
			key := "url"
			switch {
			case name == "another's topic":
				key = "topic"
			case name == "unknown certificate", strings.HasSuffix(name, " CA file"):
				key = "ca_file"
			case name == "no permission":
				key = "user"
			case strings.Contains(name, " password"):
				key = cmp.Or(map[bool]string{true: "password"}[fault.config.User != ""], "user")
			}
			if got := fault.config.KeyOf(err); got != key {
				t.Errorf("%v: key %s, want %s", err, got, key)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Error("the error tells the password")
			}
			if looking, starting := middle.Sub(began), ended.Sub(middle); max(looking, starting) > 5*time.Second {
				t.Errorf("it took %v to look and %v to start", looking, starting)
			}
		})
	}
	c := activemqbus.Config{URL: overTLS(secure), CAFile: caFile, User: "admin", Password: kit.NewSecret("admin"), Topic: "test-" + kit.NewUUID().String()}
	found, largest, err := activemqbus.Look(t.Context(), "test", nil, c)
	if err != nil || largest != 1<<20 || !strings.Contains(found, "it is ActiveMQ 6.") || !strings.Contains(found, "are made when the service starts") {
		t.Errorf("before the start, Look found %q, %d, %v", found, largest, err)
	}
	open(t, c)
	if found, _, err = activemqbus.Look(t.Context(), "test", nil, c); err != nil || !strings.Contains(found, "has the queues of "+c.Topic) {
		t.Errorf("after the start, Look found %q, %v", found, err)
	}
}

// TestArtemis shows that a start on ActiveMQ Artemis, which speaks AMQP 1.0 and has other
// queues, ends soon with the reason.
func TestArtemis(t *testing.T) {
	c := activemqbus.Config{URL: testserver.StartArtemis(t).URL()}
	began := time.Now()
	_, _, looked := activemqbus.Look(t.Context(), "test", nil, c)
	middle := time.Now()
	_, err := activemqbus.New(t.Context(), "test", c)
	ended := time.Now()
	for _, err := range []error{looked, err} {
		t.Log(err)
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), `of another kind than ActiveMQ Classic: it says that it is "apache-activemq-artemis"`) || c.KeyOf(err) != "url" {
			t.Errorf("%v; key %s", err, c.KeyOf(err))
		}
	}
	if looking, starting := middle.Sub(began), ended.Sub(middle); max(looking, starting) > 5*time.Second {
		t.Errorf("it took %v to look and %v to start", looking, starting)
	}
}

// TestOneOfSeveral shows that a broker that is away is passed over.
func TestOneOfSeveral(t *testing.T) {
	c := config(testserver.ActiveMQ(t))
	c.URL = "amqp://127.0.0.1:" + brokertest.FreePort(t) + ", " + c.URL
	b, j := open(t, c), brokertest.NewJournal()
	brokertest.Subscribe(t, b, "g", j.Handler("member", 0, 0))
	brokertest.MustPublish(t, b, brokertest.Series(5, 0, 5)...)
	j.Check(t, 25)
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]activemqbus.Config{
		"":               {},
		"Topic":          {Topic: "a.b"},
		"Lease":          {Lease: time.Minute},
		"ConnectTimeout": {ConnectTimeout: time.Millisecond},
		"PublishTimeout": {PublishTimeout: -1},
		"Window":         {Window: -1},
		"MaxMessage":     {MaxMessage: 1 << 30},
		"URL":            {URL: "amqp://shop:secret@127.0.0.1:5672"},
		"CertFile":       {CertFile: "a.pem"},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// secured is a way to a server that requires TLS.
func secured(t *testing.T, server string) (url, cert string) {
	t.Helper()
	cert, key := brokertest.Certificate(t)
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	brokertest.Serve(t, l, func(near net.Conn) {
		if near.(*tls.Conn).HandshakeContext(t.Context()) != nil {
			return
		}
		far, err := net.Dial("tcp", strings.TrimPrefix(server, "amqp://"))
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(far, near)
			_ = far.Close()
		}()
		_, _ = io.Copy(near, far)
	})
	return "amqp://" + l.Addr().String(), cert
}
