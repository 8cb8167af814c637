package etcdlocks_test

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/etcdlocks"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change.
func TestStartUpFaults(t *testing.T) {
	plain := testserver.Etcd(t)
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartEtcd(t, map[string]string{"/tls/cert.pem": cert, "/tls/key.pem": key}).Addr()
	ca := brokertest.WriteFile(t, "ca.pem", cert)
	guarded := testserver.StartEtcd(t, nil)
	for _, command := range []string{"user add root:right", "user grant-role root root", "auth enable"} {
		guarded.Exec(append([]string{"etcdctl"}, strings.Fields(command)...)...)
	}
	tls, secret := remote.TLS{TLS: true}, kit.NewSecret("secret")
	faults := map[string]lockstest.Fault{}
	for name, f := range map[string]struct {
		config    etcdlocks.Config
		code      kit.Code
		says, key string
	}{
		"wrong password":      {etcdlocks.Config{Addr: guarded.Addr(), User: "root", Password: secret}, kit.Invalid, "refuses the user", "password"},
		"no password":         {etcdlocks.Config{Addr: guarded.Addr()}, kit.Invalid, "refuses the user", "password"},
		"unknown host":        {etcdlocks.Config{Addr: "nowhere.invalid:2379"}, kit.Invalid, "no address", "addr"},
		"refused port":        {etcdlocks.Config{Addr: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "addr"},
		"silent server":       {etcdlocks.Config{Addr: brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer", "addr"},
		"HTTP":                {etcdlocks.Config{Addr: brokertest.Pretend(t, brokertest.Answers("HTTP/1.1 400 Bad Request\r\n\r\n"))}, kit.Invalid, "is not etcd", "addr"},
		"Redis":               {etcdlocks.Config{Addr: testserver.Redis(t)}, kit.Invalid, "is not etcd", "addr"},
		"it closes":           {etcdlocks.Config{Addr: brokertest.Pretend(t, net.Conn.Close)}, kit.Unavailable, "may be of another kind", "addr"},
		"TLS not wanted":      {etcdlocks.Config{Addr: secure}, kit.Unavailable, "may be of another kind, or with TLS", "addr"},
		"TLS wanted":          {etcdlocks.Config{Addr: plain, TLS: tls}, kit.Unavailable, "may be of another kind, or without TLS", "addr"},
		"unknown certificate": {etcdlocks.Config{Addr: secure, TLS: tls}, kit.Invalid, "not trusted", "ca_file"},
		"no such CA file":     {etcdlocks.Config{Addr: secure, TLS: remote.TLS{CAFile: "none.pem"}}, kit.Invalid, "none.pem", "ca_file"},
	} {
		if f.config.Timeout = patient; f.code == kit.Unavailable {
			f.config.Timeout = time.Second
		}
		faults[name] = lockstest.Fault{Open: func() (locks.Driver, error) { return etcdlocks.New(f.config) }, Code: f.code, Says: f.says, Key: f.key}
	}
	t.Run("faults", func(t *testing.T) { lockstest.StartUp(t, etcdlocks.Config{}.KeyOf, faults) })
	for name, c := range map[string]etcdlocks.Config{
		"password": {Addr: guarded.Addr(), User: "root", Password: kit.NewSecret("right")},
		"TLS":      {Addr: secure, TLS: remote.TLS{CAFile: ca}},
	} {
		c.Timeout = patient
		if err := open(t, c).Ping(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLateServer shows that a server which is away at the start is used once it is there.
func TestLateServer(t *testing.T) {
	s := testserver.StartEtcd(t, nil)
	lockstest.Late(t, s, func() locks.Driver { return open(t, etcdlocks.Config{Addr: s.Addr()}) })
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]etcdlocks.Config{
		"":        {},
		"Addr":    {Addr: "http://shop:2379"},
		"User":    {User: "shop"},
		"Timeout": {Timeout: time.Minute},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
