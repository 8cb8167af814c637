package zookeeperlocks_test

import (
	"net"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
	"github.com/outgrowkit/outgrow/templates/kit/zookeeperlocks"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change.
func TestStartUpFaults(t *testing.T) {
	plain := testserver.ZooKeeper(t)
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartZooKeeper(t, map[string]string{"/tls/server.pem": key + cert}).Addr()
	ca := brokertest.WriteFile(t, "ca.pem", cert)
	right := zookeeperlocks.Config{Addr: plain, Path: "/guarded", User: "shop", Password: kit.NewSecret("right"), Timeout: patient}
	if token, err := open(t, short, right).Acquire(t.Context(), "a", "first", short); err != nil || token == 0 {
		t.Fatalf("with a user: %d, %v", token, err)
	}
	of := open(t, short, zookeeperlocks.Config{Addr: plain, Path: "/shared", Timeout: patient})
	if token, err := of.Acquire(t.Context(), "a", "first", short); err != nil || token == 0 {
		t.Fatalf("without one: %d, %v", token, err)
	}
	faults := map[string]lockstest.Fault{}
	for name, f := range map[string]struct {
		lease     time.Duration
		config    zookeeperlocks.Config
		code      kit.Code
		says, key string
	}{
		"wrong password":      {short, zookeeperlocks.Config{Addr: plain, Path: "/guarded", User: "shop", Password: kit.NewSecret("secret")}, kit.Invalid, "refuses the user", "zookeeper.password"},
		"no password":         {short, zookeeperlocks.Config{Addr: plain, Path: "/guarded"}, kit.Invalid, "refuses the user", "zookeeper.password"},
		"others' path":        {short, zookeeperlocks.Config{Addr: plain, Path: "/shared", User: "shop", Password: kit.NewSecret("secret")}, kit.Invalid, "lets everybody use", "zookeeper.path"},
		"long lease":          {2 * long, zookeeperlocks.Config{Addr: plain}, kit.Invalid, "ends sessions after 10m", "lease"},
		"unknown host":        {short, zookeeperlocks.Config{Addr: "nowhere.invalid:2181"}, kit.Invalid, "no address", "zookeeper.addr"},
		"refused port":        {short, zookeeperlocks.Config{Addr: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "zookeeper.addr"},
		"silent server":       {short, zookeeperlocks.Config{Addr: brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer", "zookeeper.addr"},
		"HTTP":                {short, zookeeperlocks.Config{Addr: brokertest.Pretend(t, brokertest.Answers("HTTP/1.1 400 Bad Request\r\n\r\n"))}, kit.Invalid, "is not ZooKeeper", "zookeeper.addr"},
		"Redis":               {short, zookeeperlocks.Config{Addr: testserver.Redis(t)}, kit.Unavailable, "may be of another kind", "zookeeper.addr"},
		"it closes":           {short, zookeeperlocks.Config{Addr: brokertest.Pretend(t, net.Conn.Close)}, kit.Unavailable, "may be of another kind", "zookeeper.addr"},
		"TLS not wanted":      {short, zookeeperlocks.Config{Addr: secure}, kit.Unavailable, "may be of another kind, or with TLS", "zookeeper.addr"},
		"TLS wanted":          {short, zookeeperlocks.Config{Addr: plain, TLS: remote.TLS{TLS: true}}, kit.Unavailable, "may be of another kind, or without TLS", "zookeeper.addr"},
		"unknown certificate": {short, zookeeperlocks.Config{Addr: secure, TLS: remote.TLS{TLS: true}}, kit.Invalid, "not trusted", "zookeeper.ca_file"},
		"no such CA file":     {short, zookeeperlocks.Config{Addr: secure, TLS: remote.TLS{CAFile: "none.pem"}}, kit.Invalid, "none.pem", "zookeeper.ca_file"},
	} {
		if f.config.Timeout = patient; f.code == kit.Unavailable {
			f.config.Timeout = time.Second
		}
		faults[name] = lockstest.Fault{
			Open: func() (locks.Driver, error) { return zookeeperlocks.New(f.lease, f.config) }, Code: f.code, Says: f.says, Key: f.key,
		}
	}
	t.Run("faults", func(t *testing.T) { lockstest.StartUp(t, zookeeperlocks.Config{}.KeyOf, faults) })
	for name, c := range map[string]zookeeperlocks.Config{
		"password": right,
		"TLS":      {Addr: secure, TLS: remote.TLS{CAFile: ca}, Timeout: patient},
	} {
		if err := open(t, 0, c).Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLateServer shows that a server which is away at the start is used once it is there.
func TestLateServer(t *testing.T) {
	s := testserver.StartZooKeeper(t, nil)
	lockstest.Late(t, s, func() locks.Driver { return open(t, short, zookeeperlocks.Config{Addr: s.Addr()}) })
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]zookeeperlocks.Config{
		"":        {Path: "/shop/locks"},
		"Addr":    {Addr: "zookeeper://shop:2181"},
		"User":    {User: "shop"},
		"Path":    {Path: "locks/"},
		"Timeout": {Timeout: time.Minute},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
