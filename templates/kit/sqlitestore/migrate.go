package sqlitestore

import (
	"context"
	"embed"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

//go:embed migrations/*.sql
var kitMigrations embed.FS

// Migrate brings the tables up to date: the kit's, and then the project's. Each
// migration is applied once, in a transaction of its own.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	// A handle of its own: the connection of the other one is taken.
	h, err := open(db.path, writeOptions, 1)
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	if err := db.migrations.Apply(ctx, goose.DialectSQLite3, h); err != nil {
		return kit.Wrap(kit.CodeOf(withCode(err)), err, "cannot migrate the database "+db.path)
	}
	return nil
}

// Pending returns how many migrations have not been applied. It changes nothing.
func (db *DB) Pending(ctx context.Context) (int, error) {
	hasTable := db.Statement(`SELECT 1 FROM "sqlite_schema" WHERE "type" = 'table' AND "name" = $1`)
	return db.migrations.Pending(ctx, hasTable, db.Statement)
}
