package memcachedcache_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/cache"
	"github.com/outgrowkit/outgrow/templates/kit/cachetest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/memcachedcache"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change.
func TestStartUpFaults(t *testing.T) {
	plain := testserver.Memcached(t)
	guarded := testserver.StartMemcached(t, map[string]string{"/tmp/users": "shop:right\n"}, "-Y", "/tmp/users").Addr()
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartMemcached(t, map[string]string{"/tls/cert.pem": cert, "/tls/key.pem": key},
		"-Z", "-o", "ssl_chain_cert=/tls/cert.pem,ssl_key=/tls/key.pem").Addr()
	ca := brokertest.WriteFile(t, "ca.pem", cert)
	secret := kit.NewSecret("secret")
	tls := remote.TLS{TLS: true}
	faults := map[string]cachetest.Fault{}
	for name, f := range map[string]struct {
		config    memcachedcache.Config
		code      kit.Code
		says, key string
	}{
		"wrong password":      {memcachedcache.Config{Addr: guarded, User: "shop", Password: secret}, kit.Invalid, "does not let", "password"},
		"no password":         {memcachedcache.Config{Addr: guarded}, kit.Invalid, "does not let", "password"},
		"unknown host":        {memcachedcache.Config{Addr: "nowhere.invalid:11211"}, kit.Invalid, "no address", "addr"},
		"refused port":        {memcachedcache.Config{Addr: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "addr"},
		"silent server":       {memcachedcache.Config{Addr: brokertest.Pretend(t, nil)}, kit.Unavailable, "does not answer", "addr"},
		"Redis":               {memcachedcache.Config{Addr: testserver.Redis(t)}, kit.Invalid, "protocol of Memcached", "addr"},
		"HTTP":                {memcachedcache.Config{Addr: brokertest.Pretend(t, brokertest.Answers("HTTP/1.1 400 Bad Request\r\n\r\n"))}, kit.Invalid, "protocol of Memcached", "addr"},
		"TLS wanted":          {memcachedcache.Config{Addr: plain, TLS: tls}, kit.Invalid, "does not use TLS", "tls"},
		"TLS not wanted":      {memcachedcache.Config{Addr: secure}, kit.Unavailable, "does not answer", "addr"},
		"unknown certificate": {memcachedcache.Config{Addr: secure, TLS: tls}, kit.Invalid, "not trusted", "ca_file"},
		"no such CA file":     {memcachedcache.Config{Addr: secure, TLS: remote.TLS{CAFile: "none.pem"}}, kit.Invalid, "none.pem", "ca_file"},
		"second one refused":  {memcachedcache.Config{Addr: plain + ",127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "addr"},
	} {
		faults[name] = cachetest.Fault{Code: f.code, Says: f.says, Key: f.key, Open: func() (cache.Driver, error) {
			f.config.Timeout = patient
			if f.code == kit.Unavailable {
				f.config.Timeout = time.Second
			}
			return memcachedcache.New("test", f.config)
		}}
	}
	keyOf := func(err error) string { return memcachedcache.Config{TLS: tls}.KeyOf(err) }
	t.Run("faults", func(t *testing.T) { cachetest.StartUp(t, keyOf, faults) })
	for name, c := range map[string]memcachedcache.Config{
		"password": {Addr: guarded, User: "shop", Password: kit.NewSecret("right")},
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
	s := testserver.StartMemcached(t, nil)
	cachetest.Late(t, s, func() cache.Driver { return open(t, memcachedcache.Config{Addr: s.Addr()}) })
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]memcachedcache.Config{
		"":            {},
		"Addr":        {Addr: "127.0.0.1"},
		"Prefix":      {Prefix: "a:b"},
		"User":        {User: "shop"},
		"Timeout":     {Timeout: time.Minute},
		"Connections": {Connections: -1},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
