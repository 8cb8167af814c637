package postgresstore

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Ping returns nil if the server takes changes, otherwise Unavailable with the cause: it
// may be a standby, or read-only. It tries a change that affects no row.
func (db *DB) Ping(ctx context.Context) error {
	n, err := db.kit.ping.Apply(ctx)
	if err == nil && n == 0 {
		err = kit.Errorf(kit.Unavailable, "the server of the database %s is a read-only standby", db.server)
	}
	if err == nil {
		_, err = db.Statement(`DELETE FROM "inbox" WHERE false`).Apply(ctx)
	}
	return err
}
