package rediscache_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/rediscache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change.
func TestStartUpFaults(t *testing.T) {
	plain := testserver.Redis(t)
	guarded := testserver.StartRedis(t, nil, "--requirepass", "right").Addr()
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartRedis(t, map[string]string{"/tls/cert.pem": cert, "/tls/key.pem": key},
		"--port", "0", "--tls-port", "6380", "--tls-cert-file", "/tls/cert.pem", "--tls-key-file", "/tls/key.pem", "--tls-auth-clients", "no").Addr()
	ca := brokertest.WriteFile(t, "ca.pem", cert)
	secret := kit.NewSecret("secret")
	tls := remote.TLS{TLS: true}
	faults := map[string]cachetest.Fault{}
	for name, f := range map[string]struct {
		config    rediscache.Config
		code      kit.Code
		says, key string
	}{
		"wrong password":      {rediscache.Config{Addr: guarded, Password: secret}, kit.Invalid, "refuses the user", "password"},
		"wrong user":          {rediscache.Config{Addr: guarded, User: "nobody", Password: secret}, kit.Invalid, "refuses the user", "password"},
		"no password":         {rediscache.Config{Addr: guarded}, kit.Invalid, "refuses the user", "password"},
		"unknown host":        {rediscache.Config{Addr: "nowhere.invalid:6379"}, kit.Invalid, "no address", "addr"},
		"refused port":        {rediscache.Config{Addr: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "addr"},
		"silent server":       {rediscache.Config{Addr: brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer", "addr"},
		"Memcached":           {rediscache.Config{Addr: testserver.Memcached(t)}, kit.Invalid, "not Redis", "addr"},
		"HTTP":                {rediscache.Config{Addr: brokertest.Pretend(t, brokertest.Answers("HTTP/1.1 400 Bad Request\r\n\r\n"))}, kit.Invalid, "not Redis", "addr"},
		"NATS":                {rediscache.Config{Addr: brokertest.Pretend(t, brokertest.Answers("INFO {}\r\n-ERR 'Unknown Protocol Operation'\r\n"))}, kit.Invalid, "not Redis", "addr"},
		"TLS wanted":          {rediscache.Config{Addr: plain, TLS: tls}, kit.Unavailable, "may be of another kind, or without TLS", "addr"},
		"TLS not wanted":      {rediscache.Config{Addr: secure}, kit.Unavailable, "may be of another kind, or with TLS", "addr"},
		"unknown certificate": {rediscache.Config{Addr: secure, TLS: tls}, kit.Invalid, "not trusted", "ca_file"},
		"no such CA file":     {rediscache.Config{Addr: secure, TLS: remote.TLS{CAFile: "none.pem"}}, kit.Invalid, "none.pem", "ca_file"},
		"no such certificate": {rediscache.Config{Addr: secure, TLS: remote.TLS{CAFile: ca, CertFile: "none.pem", KeyFile: "none.pem"}}, kit.Invalid, "none.pem", "cert_file"},
	} {
		f.config.Timeout = patient
		if f.code == kit.Unavailable {
			f.config.Timeout = time.Second
		}
		open := func() (cache.Driver, error) { return rediscache.New("test", f.config, nil) }
		faults[name] = cachetest.Fault{Open: open, Code: f.code, Says: f.says, Key: f.key}
		if f.code == kit.Unavailable {
			continue
		}
		faults[name+", near"] = cachetest.Fault{Code: f.code, Says: f.says, Key: f.key, Open: func() (cache.Driver, error) {
			return rediscache.New("test", f.config, func([]string) {})
		}}
	}
	keyOf := func(err error) string { return rediscache.Config{TLS: tls}.KeyOf(err) }
	t.Run("faults", func(t *testing.T) { cachetest.StartUp(t, keyOf, faults) })
	for name, c := range map[string]rediscache.Config{
		"password": {Addr: guarded, Password: kit.NewSecret("right")},
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
	s := testserver.StartRedis(t, nil)
	cachetest.Late(t, s, func() cache.Driver { return open(t, rediscache.Config{Addr: s.Addr()}) })
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]rediscache.Config{
		"":         {},
		"Addr":     {Addr: "127.0.0.1:6379,redis://shop"},
		"Prefix":   {Prefix: "a:b"},
		"User":     {User: "shop"},
		"Timeout":  {Timeout: time.Minute},
		"CertFile": {TLS: remote.TLS{CertFile: "a.pem"}},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		c.TLS.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
