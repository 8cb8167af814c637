package sqlitestore

import (
	"context"
	"embed"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

//go:embed migrations/*.sql
var kitMigrations embed.FS

// Migrate brings the tables up to date: the kit's, and then the project's. Each
// migration is applied once, in a transaction of its own. Conflict is returned, and
// nothing changed, if the database is another project's.
func (db *DB) Migrate(ctx context.Context) error {
	if _, err := db.list(ctx); err != nil {
		return err
	}
	if err := db.inFlight.Begin(); err != nil {
		return err
	}
	defer db.inFlight.End()
	return db.migrate(ctx, db.path)
}

// migrate migrates the file with a handle of its own: the connection of the other one is
// taken.
func (db *DB) migrate(ctx context.Context, path string) error {
	h, err := open(path, writeOptions, 1)
	if err != nil {
		return err
	}
	defer h.Close() //nolint:errcheck // nothing is left unwritten in it
	if err := db.migrations.Apply(ctx, goose.DialectSQLite3, h); err != nil {
		return kit.Wrap(kit.CodeOf(withCode(err)), err, "cannot migrate the database "+db.path)
	}
	return nil
}

// Migrations returns those of the program, and those that another version has applied.
// It changes nothing. Conflict is returned if the database is another project's, and
// Unavailable if the file is damaged: a small one is read as a whole to find out.
func (db *DB) Migrations(ctx context.Context) ([]kit.Migration, error) {
	const small = 32 << 20
	if info, err := os.Stat(db.path); err == nil && info.Size() <= small {
		if err := check(ctx, db.read, db.path, "quick_check"); err != nil {
			return nil, err
		}
	}
	return db.list(ctx)
}

func (db *DB) list(ctx context.Context) ([]kit.Migration, error) {
	tables := db.Statement(`SELECT "name" FROM "sqlite_schema" WHERE "type" = 'table' ORDER BY 1`)
	return db.migrations.List(ctx, tables, db.Statement)
}

// CanMigrate returns nil: whoever can open the file can change its tables.
func (*DB) CanMigrate(context.Context) error { return nil }

// MayServe returns nil: whoever can open the file can change its rows.
func (*DB) MayServe(context.Context) error { return nil }

// Rehearse returns why Migrate would fail. It tries it on a copy of the file in the folder
// for temporary files, unless the file is larger than 256 MiB or that takes too long.
func (db *DB) Rehearse(ctx context.Context) (tried bool, err error) {
	if sizeOf(db.path)+sizeOf(db.path+"-wal") > 256<<20 {
		return false, nil
	}
	dir, err := os.MkdirTemp("", "rehearsal")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is in the folder for temporary files
	part := filepath.Join(dir, filepath.Base(db.path))
	if err = copyInto(ctx, db.read, db.path, part); err == nil {
		err = db.migrate(ctx, part)
	}
	if ctx.Err() != nil {
		return false, nil
	}
	return err == nil, err
}
