package natsbus_test

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	client "github.com/nats-io/nats.go"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/natsbus"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that a start that cannot succeed ends soon, with what is
// wrong, and leaves nothing behind.
func TestStartUpFaults(t *testing.T) {
	url := testserver.NATS(t)
	const jetStream = "jetstream {store_dir: /tmp/nats}\n"
	guarded := testserver.StartNATSWith(t, jetStream+"authorization {user: shop, password: right}\n", nil).URL()
	plain := testserver.StartNATSWith(t, "", nil).URL() // without JetStream
	limited := func(limits string) string {
		return testserver.StartNATSWith(t, jetStream+"accounts {shop {jetstream {"+limits+"}, users [{user: shop, password: secret}]}}\nno_auth_user: shop\n", nil).URL()
	}
	denied := testserver.StartNATSWith(t, jetStream+"authorization {users: [{user: shop, password: secret, "+
		"permissions: {publish: {deny: [\"$JS.API.STREAM.CREATE.>\"]}}}]}\n", nil).URL()
	few, sized := limited("max_streams: 16"), limited("max_bytes_required: true")
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartNATSWith(t, jetStream+"tls {cert_file: /etc/cert.pem, key_file: /etc/key.pem}\n",
		map[string]string{"/etc/cert.pem": cert, "/etc/key.pem": key}).URL()
	caFile := brokertest.WriteFile(t, "cert.pem", cert)
	withUser := func(url string) string { return strings.Replace(url, "://", "://shop:secret@", 1) }
	overTLS := func(url string) string { return strings.Replace(url, "nats://", "tls://", 1) }
	for name, fault := range map[string]struct {
		config natsbus.Config
		code   kit.Code
		says   string
	}{
		"wrong password":        {natsbus.Config{URL: guarded, User: "shop", Password: kit.NewSecret("secret")}, kit.Invalid, "refuses the user, the password"},
		"wrong password in URL": {natsbus.Config{URL: withUser(guarded)}, kit.Invalid, "refuses the user, the password"},
		"no password":           {natsbus.Config{URL: guarded}, kit.Invalid, "refuses the user, the password"},
		"refused port":          {natsbus.Config{URL: withUser("nats://127.0.0.1:" + brokertest.FreePort(t))}, kit.Unavailable, "cannot be reached"},
		"unknown host":          {natsbus.Config{URL: "nats://nowhere.invalid:4222"}, kit.Unavailable, "cannot be"},
		"silent server":         {natsbus.Config{URL: "nats://" + brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer in time, or is not NATS"},
		"old server":            {natsbus.Config{URL: "nats://" + brokertest.Pretend(t, brokertest.TalksNATS("2.9.25"))}, kit.Invalid, "2.10 or later"},
		"no JetStream":          {natsbus.Config{URL: plain}, kit.Invalid, "without JetStream"},
		"TLS wanted":            {natsbus.Config{URL: overTLS(plain)}, kit.Invalid, "does not use TLS"},
		"unknown certificate":   {natsbus.Config{URL: secure}, kit.Invalid, "not trusted"},
		"no such CA file":       {natsbus.Config{URL: secure, CAFile: "none.pem"}, kit.Invalid, "none.pem"},
		"no such credentials":   {natsbus.Config{URL: url, CredentialsFile: "none.creds"}, kit.Invalid, "none.creds"},
		"another's stream":      {natsbus.Config{URL: url, Stream: foreignStream(t, url)}, kit.Invalid, "name another"},
		"few streams":           {natsbus.Config{URL: few}, kit.Invalid, "allows this account 16 streams (max_streams), of which 0 are used, and the bus needs 17 more"},
		"no streams to be made": {natsbus.Config{URL: denied, User: "shop", Password: kit.NewSecret("secret")}, kit.Invalid, "may not publish to $JS.API.STREAM.CREATE."},
		"max_bytes required":    {natsbus.Config{URL: sized}, kit.Invalid, "max_bytes_required"},
		"too many replicas":     {natsbus.Config{URL: url, Stream: newStream(t, url), Replicas: 5}, kit.Invalid, "replicas"},
	} {
		t.Run(name, func(t *testing.T) {
			brokertest.NoGoroutineLeft(t)
			began := time.Now()
			_, _, looked := natsbus.Look(t.Context(), "test", nil, fault.config)
			middle := time.Now()
			_, err := natsbus.New(t.Context(), "test", fault.config)
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
			case name == "another's stream":
				key = "stream"
			case name == "unknown certificate":
				key = "ca_file"
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
	open(t, natsbus.Config{URL: secure, CAFile: caFile})
	open(t, natsbus.Config{URL: guarded, User: "shop", Password: kit.NewSecret("right")})
}

// TestStreamIsWidened shows that a second start gives the stream what it lacks, and
// takes nothing away.
func TestStreamIsWidened(t *testing.T) {
	c := config(t, testserver.NATS(t))
	for _, step := range []struct{ maxAge, want time.Duration }{
		{time.Hour, time.Hour}, {2 * time.Hour, 2 * time.Hour}, {time.Minute, 2 * time.Hour}, {0, 0}, {time.Hour, 0},
	} {
		c.MaxAge = step.maxAge
		open(t, c)
		conn, err := client.Connect(c.URL)
		if err != nil {
			t.Fatal(err)
		}
		js, err := jetstream.New(conn)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.Stream(t.Context(), c.Stream+"_07")
		if err != nil {
			t.Fatal(err)
		}
		if have := s.CachedInfo().Config; have.MaxAge != step.want {
			t.Errorf("after a start with %v, messages are kept for %v, want %v", step.maxAge, have.MaxAge, step.want)
		}
		conn.Close()
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]natsbus.Config{
		"":                {},
		"Stream":          {Stream: "a.b"},
		"Replicas":        {Replicas: 6},
		"MaxAge":          {MaxAge: time.Second},
		"Lease":           {Lease: time.Millisecond},
		"Window":          {Window: -1},
		"URL":             {URL: "nats://shop:secret@127.0.0.1:4222"},
		"CertFile":        {CertFile: "a.pem"},
		"CredentialsFile": {CredentialsFile: "a", User: "b"},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// foreignStream makes a stream that is of another kind.
func foreignStream(t *testing.T, url string) string {
	t.Helper()
	name := newStream(t, url)
	conn, err := client.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name + "_00", Subjects: []string{name}}); err != nil {
		t.Fatal(err)
	}
	return name
}
