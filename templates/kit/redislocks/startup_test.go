package redislocks_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/remote"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/redislocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change. What all that
// is on Redis have in common is tried with the cache.
func TestStartUpFaults(t *testing.T) {
	guarded := testserver.StartRedis(t, nil, "--requirepass", "right", "--maxmemory", "100mb").Addr()
	evicting := testserver.StartRedis(t, nil, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru").Addr()
	faults := map[string]lockstest.Fault{}
	for name, f := range map[string]struct {
		config    redislocks.Config
		code      kit.Code
		says, key string
	}{
		"wrong password":  {redislocks.Config{Addr: guarded, Password: kit.NewSecret("secret")}, kit.Invalid, "refuses the user", "password"},
		"removes locks":   {redislocks.Config{Addr: evicting}, kit.Invalid, "allkeys-lru", "addr"},
		"refused port":    {redislocks.Config{Addr: "127.0.0.1:" + brokertest.FreePort(t)}, kit.Unavailable, "refused", "addr"},
		"silent server":   {redislocks.Config{Addr: brokertest.Pretend(t, nil), Timeout: time.Second}, kit.Unavailable, "does not answer", "addr"},
		"no such CA file": {redislocks.Config{Addr: guarded, TLS: remote.TLS{CAFile: "none.pem"}}, kit.Invalid, "none.pem", "ca_file"},
	} {
		faults[name] = lockstest.Fault{Open: func() (locks.Driver, error) { return redislocks.New(f.config) }, Code: f.code, Says: f.says, Key: f.key}
	}
	t.Run("faults", func(t *testing.T) { lockstest.StartUp(t, redislocks.Config{}.KeyOf, faults) })
	if err := open(t, redislocks.Config{Addr: guarded, Password: kit.NewSecret("right"), Timeout: patient}).Ping(t.Context()); err != nil {
		t.Errorf("one that removes nothing: %v", err)
	}
}

// TestLateServer shows that a server which is away at the start is used once it is there.
func TestLateServer(t *testing.T) {
	s := testserver.StartRedis(t, nil)
	lockstest.Late(t, s, func() locks.Driver { return open(t, redislocks.Config{Addr: s.Addr()}) })
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]redislocks.Config{
		"":        {},
		"Addr":    {Addr: "redis://shop"},
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
