package postgresstore

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// throughPgBouncer returns a DSN that leads to a new database through a pooler with the
// settings.
func throughPgBouncer(t *testing.T, settings map[string]string) kit.Secret {
	t.Helper()
	u := parseDSN(t, newDatabase(t, "", nil))
	u.Host = testserver.StartPgBouncer(t, settings).Addr()
	return kit.NewSecret(u.String())
}

// TestPgBouncerIsRefused where it shares sessions, with the reason, and nothing is written.
func TestPgBouncerIsRefused(t *testing.T) {
	for _, settings := range []map[string]string{
		{"pool_mode": "transaction"},
		{"pool_mode": "transaction", "max_prepared_statements": "0"},
		{"pool_mode": "transaction", "default_pool_size": "1"},
		{"pool_mode": "statement"},
	} {
		t.Run(fmt.Sprint(settings), func(t *testing.T) {
			t.Parallel() // it waits
			_, err := Open(t.Context(), Config{DSN: throughPgBouncer(t, settings)}, textCodec{}, kit.Schema{})
			if err == nil || !strings.Contains(err.Error(), "mode session") {
				t.Errorf("%v does not say what to do", err)
			}
		})
	}
}

// TestPgBouncerWithTooFewConnections is told from a server that does not answer.
func TestPgBouncerWithTooFewConnections(t *testing.T) {
	t.Parallel() // it waits
	dsn := throughPgBouncer(t, map[string]string{"pool_mode": "session", "default_pool_size": "2"})
	_, err := Open(t.Context(), Config{DSN: dsn}, textCodec{}, kit.Schema{})
	if wantCode(t, err, kit.Unavailable); err == nil || !strings.Contains(err.Error(), "pool") {
		t.Errorf("%v does not say what to do", err)
	}
}

// TestPgBouncerThatKeepsSessions loses nothing that was acknowledged.
func TestPgBouncerThatKeepsSessions(t *testing.T) {
	t.Parallel() // it waits
	const writers, each = 24, 25
	db := openWith(t, Config{DSN: throughPgBouncer(t, map[string]string{"pool_mode": "session", "default_pool_size": "40"})}, textCodec{})
	s := newScratch(t, db)
	var acknowledged atomic.Int64
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for n := range each {
				number := w*each + n
				insert := func(ctx context.Context) error {
					_, err := s.insert.Change(ctx, []kit.Event{textEvent{fmt.Sprint(w)}}, number)
					return err
				}
				run := insert
				if n%2 == 0 {
					run = func(ctx context.Context) error { return db.Within(ctx, insert) }
				}
				if err := run(t.Context()); err != nil {
					t.Error(err)
					continue
				}
				acknowledged.Add(1)
			}
		})
	}
	all.Wait()
	waiting, _, err := db.Lag(t.Context())
	if err != nil || waiting != acknowledged.Load() || int64(s.size(t)) != acknowledged.Load() {
		t.Errorf("of %d that were acknowledged, %d are there with %d events (%v)", acknowledged.Load(), s.size(t), waiting, err)
	}
}
