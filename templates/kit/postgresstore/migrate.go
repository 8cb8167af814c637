package postgresstore

import (
	"context"
	"database/sql"
	"embed"
	"time"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

//go:embed migrations/*.sql
var kitMigrations embed.FS

// Migrate brings the tables up to date: the kit's, and then the project's. Each
// migration is applied once, in a transaction of its own. Of processes that do this at
// the same time, one does it, and the others wait. Conflict is returned, and nothing
// changed, if the tables are another project's.
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
		_, err = db.Migrations(ctx) // another process may have made the tables
	}
	if err == nil {
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

// lockMigrations waits until no other process migrates the same tables. The lock is
// that of the schema, whatever the project, since the first project to take it owns the
// tables. It ends with the connection.
func lockMigrations(ctx context.Context, conn *sql.Conn) error {
	const text = `SELECT pg_try_advisory_lock(hashtextextended('migrations of ' || current_schema(), 0))`
	for {
		var locked bool
		if err := conn.QueryRowContext(ctx, text).Scan(&locked); err != nil || locked {
			return err
		}
		if err := retry.Wait(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// Migrations returns those of the program, and those that another version has applied.
// It changes nothing. Conflict is returned if the tables are another project's, and
// Invalid if there is no schema to look for them in.
func (db *DB) Migrations(ctx context.Context) ([]kit.Migration, error) {
	if _, err := db.place(ctx); err != nil {
		return nil, err
	}
	return db.migrations.List(ctx, db.kit.tables, db.Statement)
}

// CanMigrate returns Invalid if the user may not make tables.
func (db *DB) CanMigrate(ctx context.Context) error {
	p, err := db.place(ctx)
	if err == nil && !p.create {
		err = kit.Errorf(kit.Invalid, "the user %s may not create tables in the schema %s of the database %s: "+
			"GRANT CREATE ON SCHEMA %[2]s TO %[1]s", pq.QuoteIdentifier(p.user), pq.QuoteIdentifier(p.schema), db.server)
	}
	return err
}

// place is where tables are made and found.
type place struct {
	schema, path, user string
	create             bool // the user may
}

func (db *DB) place(ctx context.Context) (p place, err error) {
	_, err = db.kit.place.Row(ctx, func(row Scanner) error { return row.Scan(&p.schema, &p.path, &p.user, &p.create) })
	if err == nil && p.schema == "" {
		err = kit.Errorf(kit.Invalid, "the database %s has no schema of the search_path %s that the user %s may use",
			db.server, p.path, p.user)
	}
	return p, err
}
