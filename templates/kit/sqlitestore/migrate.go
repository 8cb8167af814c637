package sqlitestore

import (
	"context"
	"database/sql"
	"embed"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

//go:embed migrations/*.sql
var kitMigrations embed.FS

// Migrate brings the tables up to date: the kit's, and then the project's. Each
// migration is applied once, in a transaction of its own.
func (db *DB) Migrate(ctx context.Context) error {
	if db.write.turns.isClosed() {
		return sqlstore.Closed()
	}
	// A handle of its own: goose wants one of package sql.
	h, err := sql.Open("sqlite3", nameOf(db.path, writeOptions))
	if err != nil {
		return err
	}
	h.SetMaxOpenConns(1)
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	if err := db.migrations.Apply(ctx, goose.DialectSQLite3, h); err != nil {
		return kit.Wrap(kit.CodeOf(withCode(err)), err, "cannot migrate the database "+db.path)
	}
	return nil
}

// Pending returns how many migrations have not been applied. It changes nothing.
func (db *DB) Pending(ctx context.Context) (int, error) {
	return db.migrations.Pending(ctx, db.applied)
}

// applied returns the versions of the migrations that the table holds.
func (db *DB) applied(ctx context.Context, table string) (map[int64]bool, error) {
	versions := map[int64]bool{}
	exists, err := db.kit.hasTable.Row(ctx, func(Scanner) error { return nil }, table)
	if err != nil || !exists {
		return versions, err
	}
	err = db.Statement(`SELECT "version_id" FROM "`+table+`" WHERE "is_applied"`).Rows(ctx, func(row Scanner) error {
		var version int64
		err := row.Scan(&version)
		versions[version] = true
		return err
	})
	return versions, err
}
