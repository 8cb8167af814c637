package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migrate brings the tables up to date. Each migration is applied once, in the
// order of their versions, each in a transaction of its own, also one that is older
// than those that were applied: a branch was merged.
func (db *DB) Migrate(ctx context.Context) error {
	if db.write.isClosed() {
		return errClosed()
	}
	// A handle of its own: goose wants one of package sql.
	h, err := sql.Open("sqlite3", nameOf(db.path, writeOptions))
	if err != nil {
		return err
	}
	h.SetMaxOpenConns(1)
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	files, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, h, files, goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return domain.Wrap(domain.Internal, err, "the migrations cannot be read")
	}
	if _, err := p.Up(ctx); err != nil {
		return domain.Wrap(domain.CodeOf(toDomain(err)), err, "cannot migrate the database "+db.path)
	}
	return nil
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
