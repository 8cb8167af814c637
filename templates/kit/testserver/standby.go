package testserver

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/testcontainers/testcontainers-go"
)

// StartStandby starts a standby of a Postgres server of the test's own. The primary confirms
// from then on only what the standby has on its disk as well, or is told to have; so whoever
// kills the primary must promote the standby.
func StartStandby(t testing.TB, primary *Server) *Server {
	t.Helper()
	address, err := primary.inside(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	primary.Exec("sh", "-c", `echo "host replication all all scram-sha-256" >>"$PGDATA/pg_hba.conf"`)
	primary.must("let a standby read from", execute(t.Context(), primary, "SELECT pg_reload_conf()"))
	standby := postgres.own(t,
		testcontainers.WithEntrypoint("sh", "-ec", `
			chmod 700 "$PGDATA"
			[ -s "$PGDATA/PG_VERSION" ] || pg_basebackup --write-recovery-conf --checkpoint=fast --pgdata="$PGDATA" \
				--dbname="host=`+address+` user=postgres password=postgres"
			exec postgres -c max_connections=300`),
		testcontainers.WithConfigModifier(func(c *container.Config) { c.User = "postgres" }))
	for _, text := range []string{"ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()"} {
		primary.must("have a standby of", execute(t.Context(), primary, text))
	}
	primary.must("have a standby of", primary.awaitSync(t.Context()))
	return standby
}

// awaitSync returns once the server waits for its standby.
func (s *Server) awaitSync(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := execute(ctx, s, "SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'")
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("its standby does not follow it: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Promote makes a standby the primary, and returns once it takes changes.
func (s *Server) Promote() {
	s.t.Helper()
	s.must("promote", execute(s.t.Context(), s, "SELECT 1 / pg_promote()::integer"))
}
