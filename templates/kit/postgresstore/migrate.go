package postgresstore

import (
	"context"
	"database/sql"
	"embed"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

//go:embed migrations/*.sql
var kitMigrations embed.FS

// Migrate brings the tables up to date: the kit's, and then the project's. Each
// migration is applied once, in a transaction of its own. Of processes that do this at
// the same time, one does it, and the others wait.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	h := db.server.migrationPool()
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	conn, err := db.server.take(ctx, h)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it is closed with its pool
	if err = lockMigrations(ctx, conn); err == nil {
		err = db.migrations.Apply(ctx, goose.DialectPostgres, h)
	}
	if err != nil {
		return kit.Wrap(kit.CodeOf(withContext(ctx, err)), err, "cannot migrate the database "+db.server.String())
	}
	return nil
}

// migrationPool returns a pool in which statements may take as long as a
// migration needs, but may still not keep others waiting long for their locks.
func (s *server) migrationPool() *sql.DB {
	h := sql.OpenDB(&connector{
		server: s, timeout: s.MigrationTimeout + answerMargin,
		settings: map[string]string{
			"statement_timeout":                   millis(s.MigrationTimeout),
			"idle_in_transaction_session_timeout": millis(s.MigrationTimeout),
		},
	})
	h.SetMaxOpenConns(2) // one keeps the lock
	return h
}

// lockMigrations waits until no other process migrates the same tables. The lock
// ends with the connection.
func lockMigrations(ctx context.Context, conn *sql.Conn) error {
	const text = `SELECT pg_try_advisory_lock(hashtextextended('migrations of ' || current_schema(), 0))`
	for {
		var locked bool
		if err := conn.QueryRowContext(ctx, text).Scan(&locked); err != nil || locked {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// Pending returns how many migrations have not been applied. It changes nothing.
func (db *DB) Pending(ctx context.Context) (int, error) {
	return db.migrations.Pending(ctx, db.kit.hasTable, db.Statement)
}
