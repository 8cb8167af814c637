package postgresstore

import (
	"testing"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestPingTriesAChange: a database that can be read and not be changed is not ready.
func TestPingTriesAChange(t *testing.T) {
	db := openWith(t, Config{DSN: kit.NewSecret(newDatabase(t, "", nil))}, textCodec{})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	runText(t, db, "ALTER DATABASE "+pq.QuoteIdentifier(db.server.driver.Database)+" SET default_transaction_read_only = on")
	runText(t, db, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	runText(t, db, "SET default_transaction_read_only = on") // in the session that is left
	if err := db.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("while it is read-only: %v", err)
	}
}
