package postgresstore

import (
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestPingTriesAChange: a database that can be read and not be changed is not ready.
func TestPingTriesAChange(t *testing.T) {
	dsn := testserver.Postgres(t)
	db := openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	readOnly := openOnly(t, Config{DSN: kit.NewSecret(dsn + "&default_transaction_read_only=on")}, textCodec{})
	if err := readOnly.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable {
		t.Errorf("while it is read-only: %v", err)
	}
}
