package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// kitVersions is the table that says which of the kit's migrations have been applied.
const kitVersions = "kit_version"

// Migrations are those of a database: the kit's, and then the project's.
type Migrations []migrationSet

// migrationSet is migrations whose versions are kept in a table of their own.
type migrationSet struct {
	table string
	files fs.FS
}

// NewMigrations returns the migrations. Both file systems hold them in the folder
// migrations.
func NewMigrations(ofKit fs.FS, project kit.Schema) (Migrations, error) {
	all := Migrations{{table: kitVersions, files: ofKit}}
	if project.Migrations != nil {
		table := project.Project + "_version"
		if project.Project == "" || table == kitVersions {
			return nil, kit.Errorf(kit.Invalid, "a schema of the project %q: give it another name", project.Project)
		}
		all = append(all, migrationSet{table: table, files: project.Migrations})
	}
	return all, nil
}

// Apply applies those that have not been applied, each in a transaction of its own. One
// that is older than what has been applied is applied as well.
func (all Migrations) Apply(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	for _, set := range all {
		files, err := fs.Sub(set.files, "migrations")
		if err != nil {
			return err
		}
		p, err := goose.NewProvider(dialect, db, files, goose.WithTableName(set.table),
			goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
		if errors.Is(err, goose.ErrNoMigrations) {
			continue
		}
		if err != nil {
			return kit.Wrap(kit.Internal, err, "the migrations cannot be read")
		}
		if _, err := p.Up(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Pending returns how many have not been applied, as the statements that prepare makes
// see it. hasTable selects a row if there is a table of the name.
func (all Migrations) Pending(
	ctx context.Context, hasTable *Statement, prepare func(text string) *Statement,
) (pending int, err error) {
	for _, set := range all {
		exists, err := hasTable.Row(ctx, func(Scanner) error { return nil }, set.table)
		if err != nil {
			return 0, err
		}
		applied := map[int64]bool{}
		if exists {
			versions := prepare(`SELECT "version_id" FROM "` + set.table + `" WHERE "is_applied"`)
			if applied, err = numbers(ctx, versions); err != nil {
				return 0, err
			}
		}
		names, _ := fs.Glob(set.files, "migrations/*.sql") // an error would be that of the pattern
		for _, name := range names {
			version, err := goose.NumericComponent(name)
			if err != nil {
				message := "the name of the migration " + path.Base(name) + " does not begin with a number"
				return 0, kit.Wrap(kit.Internal, err, message)
			}
			if !applied[version] {
				pending++
			}
		}
	}
	return pending, nil
}

// numbers returns the numbers that a statement selects.
func numbers(ctx context.Context, s *Statement) (map[int64]bool, error) {
	selected := map[int64]bool{}
	err := s.Rows(ctx, func(row Scanner) error {
		var n int64
		err := row.Scan(&n)
		selected[n] = true
		return err
	})
	return selected, err
}
