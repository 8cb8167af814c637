package postgreslocks_test

import (
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq" // the driver

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/postgreslocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, without the password.
func TestStartUpFaults(t *testing.T) {
	s := testserver.StartPostgres(t)
	psql := func(text string) { s.Exec("psql", "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-c", text) }
	psql("CREATE SCHEMA made; CREATE TABLE made.kit_lock (name text PRIMARY KEY, owner text NOT NULL, token bigint NOT NULL, until timestamptz NOT NULL);" +
		"CREATE ROLE guest LOGIN PASSWORD 'secret'; CREATE SCHEMA bare; GRANT USAGE ON SCHEMA bare, made TO guest; GRANT SELECT ON made.kit_lock TO guest")
	as := func(user, rest string) string {
		return strings.Replace(strings.Replace(s.URL(), "postgres:postgres@", user+"@", 1), "?sslmode=disable", rest, 1)
	}
	const plain = "?sslmode=disable"
	faults := map[string]lockstest.Fault{}
	for name, f := range map[string]struct {
		dsn, says string
		code      kit.Code
	}{
		"no DSN":           {"", "is empty", kit.Invalid},
		"no sslmode":       {"postgres://postgres:secret@127.0.0.1/postgres", "sslmode", kit.Invalid},
		"no URL":           {"postgres://postgres:secret@127.0.0.1:a/postgres?sslmode=disable", "cannot be read", kit.Invalid},
		"wrong password":   {as("guest:wrong", plain), "refuses the user guest", kit.Invalid},
		"no database":      {strings.Replace(s.URL(), "/postgres?", "/none?", 1), "does not exist", kit.Invalid},
		"no schema":        {s.URL() + "&search_path=none", "search_path", kit.Invalid},
		"may make nothing": {as("guest:secret", plain+"&search_path=bare"), "GRANT CREATE ON SCHEMA", kit.Invalid},
		"may change none":  {as("guest:secret", plain+"&search_path=made"), "GRANT", kit.Invalid},
		"no TLS":           {as("postgres:postgres", "?sslmode=require"), "cannot be trusted", kit.Invalid},
		"unknown host":     {"postgres://postgres:secret@nowhere.invalid/postgres?sslmode=disable", "no address", kit.Invalid},
		"refused port":     {"postgres://postgres:secret@127.0.0.1:" + brokertest.FreePort(t) + "/postgres?sslmode=disable", "does not answer", kit.Unavailable},
		"silent server":    {"postgres://postgres:secret@" + brokertest.Pretend(t, nil) + "/postgres?sslmode=disable", "does not answer", kit.Unavailable},
	} {
		timeout := patient
		if f.code == kit.Unavailable {
			timeout = time.Second
		}
		faults[name] = lockstest.Fault{Code: f.code, Says: f.says, Key: "dsn", Open: func() (locks.Driver, error) {
			return postgreslocks.New(postgreslocks.Config{DSN: kit.NewSecret(f.dsn), Timeout: timeout})
		}}
	}
	t.Run("faults", func(t *testing.T) { lockstest.StartUp(t, postgreslocks.Config{}.KeyOf, faults) })
	psql("GRANT INSERT, UPDATE, DELETE ON made.kit_lock TO guest")
	if err := open(t, as("guest:secret", plain+"&search_path=made"), patient).Ping(t.Context()); err != nil {
		t.Errorf("with what was granted: %v", err)
	}
}

// TestTableIsMadeOnce has many processes make the table at the same time, and again when
// somebody has removed it.
func TestTableIsMadeOnce(t *testing.T) {
	s := testserver.StartPostgres(t)
	dsn := testserver.SchemaOf(t, s, "locks")
	made := make(chan *postgreslocks.Locks)
	for range 8 {
		go func() {
			l, err := postgreslocks.New(postgreslocks.Config{DSN: kit.NewSecret(dsn), Timeout: patient})
			if err == nil {
				_, err = l.Acquire(t.Context(), "a", kit.NewUUID().String(), time.Minute)
			}
			if err != nil {
				t.Error(err)
			}
			made <- l
		}()
	}
	var all []*postgreslocks.Locks
	for range 8 {
		all = append(all, <-made)
	}
	s.Exec("psql", "-U", "postgres", "-c", "DROP TABLE locks.kit_lock")
	for _, l := range all {
		drivertest.Eventually(t, "it answers", func() bool { _, err := l.Renew(t.Context(), "a", "nobody", time.Minute); return err == nil })
		_ = l.Close()
	}
}

// TestLateServer shows that a server which is away at the start is used once it is there.
func TestLateServer(t *testing.T) {
	s := testserver.StartPostgres(t)
	dsn := testserver.SchemaOf(t, s, "locks")
	lockstest.Late(t, s, func() locks.Driver { return open(t, dsn, 0) })
}

func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]postgreslocks.Config{
		"":            {},
		"Connections": {Connections: -1},
		"Timeout":     {Timeout: time.Minute},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
