package postgres

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the tables up to date. Each migration is applied once, in the
// order of their versions, each in a transaction of its own, also one that is older
// than those that were applied: a branch was merged. Of processes that do
// this at the same time one does it, and the others wait for it.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.gate.enter(); err != nil {
		return err
	}
	defer db.gate.leave()
	h := db.server.migrationPool()
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	conn, err := h.take(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() //nolint:errcheck // it is closed with its pool
	if err := lockMigrations(ctx, conn.Conn); err != nil {
		return db.cannotMigrate(ctx, err)
	}
	return db.migrate(ctx, h.DB)
}

// migrationPool returns a pool in which statements may take as long as a
// migration needs, but may still not keep others waiting long for their locks.
func (s *server) migrationPool() *connPool {
	h := sql.OpenDB(&wireConnector{
		server: s, plain: true, patience: s.MigrationTimeout + answerMargin,
		settings: map[string]string{
			"statement_timeout":                   millis(s.MigrationTimeout),
			"idle_in_transaction_session_timeout": millis(s.MigrationTimeout),
		},
	})
	return newPool(h, 2, s.StatementTimeout) // one keeps the lock
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
		if err := notBefore(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (db *DB) migrate(ctx context.Context, h *sql.DB) error {
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, h, files, goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return domain.Wrap(domain.Internal, err, "the migrations cannot be read")
	}
	if _, err := p.Up(ctx); err != nil {
		return db.cannotMigrate(ctx, err)
	}
	return nil
}

func (db *DB) cannotMigrate(ctx context.Context, err error) error {
	return domain.Wrap(domain.CodeOf(withContext(ctx, err)), err, "cannot migrate the database "+db.server.String())
}

// Pending returns how many migrations have not been applied. It changes nothing.
func (db *DB) Pending(ctx context.Context) (int, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	applied, err := db.applied(ctx)
	if err != nil {
		return 0, err
	}
	pending := 0
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return 0, domain.Wrap(domain.Internal, err, fmt.Sprintf("the migration %s has no number", file))
		}
		if !applied[version] {
			pending++
		}
	}
	return pending, nil
}

// applied returns the numbers of the migrations that have been applied.
func (db *DB) applied(ctx context.Context) (map[int64]bool, error) {
	versions := map[int64]bool{}
	migrated, err := db.kit.hasTable.Row(ctx, func(Scanner) error { return nil }, goose.DefaultTablename)
	if err != nil || !migrated {
		return versions, err
	}
	err = db.kit.versions.Rows(ctx, func(row Scanner) error {
		var version int64
		err := row.Scan(&version)
		versions[version] = true
		return err
	})
	return versions, err
}
