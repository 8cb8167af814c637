package postgreslocks_test

import (
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/locks"
	"github.com/outgrowkit/outgrow/templates/kit/lockstest"
	"github.com/outgrowkit/outgrow/templates/kit/postgreslocks"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 10 * time.Second

func open(t testing.TB, dsn string, timeout time.Duration) *postgreslocks.Locks {
	t.Helper()
	l, err := postgreslocks.New(postgreslocks.Config{DSN: kit.NewSecret(dsn), Timeout: timeout})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func TestLocks(t *testing.T) {
	dsn := testserver.Postgres(t)
	lockstest.Run(t, func(t *testing.T) locks.Driver { return open(t, dsn, patient) })
}

func TestFaults(t *testing.T) {
	s := testserver.StartPostgres(t)
	lockstest.Faults(t, s, open(t, testserver.SchemaOf(t, s, "locks"), 0))
}

func TestCutOff(t *testing.T) {
	dsn := testserver.Postgres(t)
	_, rest, _ := strings.Cut(dsn, "@")
	addr, _, _ := strings.Cut(rest, "/")
	lockstest.CutOff(t, addr, func(to string) locks.Driver { return open(t, strings.Replace(dsn, addr, to, 1), 0) })
}

func TestHistory(t *testing.T) {
	lockstest.History(t, func() string { return testserver.Postgres(t) }, func(t *testing.T, dsn string) locks.Driver { return open(t, dsn, 0) })
}
