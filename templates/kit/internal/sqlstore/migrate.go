package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// kitVersions is the table that says which of the kit's migrations have been applied.
const kitVersions = "kit_version"

// Migrations are those of a database: the kit's, and then the project's.
type Migrations []migrationSet

// migrationSet is migrations whose versions are kept in a table of their own.
type migrationSet struct {
	table      string
	files      fs.FS
	outOfOrder bool // one that is older than what has been applied is applied as well
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
		all = append(all, migrationSet{table: table, files: project.Migrations, outOfOrder: true})
	}
	for i := range all {
		files, err := fs.Sub(all[i].files, "migrations")
		if err != nil {
			return nil, err
		}
		all[i].files = files
	}
	return all, nil
}

// Apply applies those that have not been applied, each in a transaction of its own.
func (all Migrations) Apply(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	for _, set := range all {
		p, err := goose.NewProvider(dialect, db, set.files, goose.WithTableName(set.table),
			goose.WithAllowOutofOrder(set.outOfOrder), goose.WithDisableGlobalRegistry(true))
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
func (all Migrations) Pending(ctx context.Context, hasTable *Statement, prepare func(text string) *Statement) (int, error) {
	pending := 0
	for _, set := range all {
		applied, err := set.applied(ctx, hasTable, prepare)
		if err != nil {
			return 0, err
		}
		names, err := fs.Glob(set.files, "*.sql")
		if err != nil {
			return 0, err
		}
		for _, name := range names {
			version, err := goose.NumericComponent(name)
			if err != nil {
				return 0, kit.Wrap(kit.Internal, err, fmt.Sprintf("the name of the migration %s does not begin with a number", name))
			}
			if !applied[version] {
				pending++
			}
		}
	}
	return pending, nil
}

// applied returns the versions of those that have been applied.
func (set migrationSet) applied(ctx context.Context, hasTable *Statement, prepare func(text string) *Statement) (map[int64]bool, error) {
	versions := map[int64]bool{}
	exists, err := hasTable.Row(ctx, func(Scanner) error { return nil }, set.table)
	if err != nil || !exists {
		return versions, err
	}
	err = prepare(`SELECT "version_id" FROM "`+set.table+`" WHERE "is_applied"`).Rows(ctx, func(row Scanner) error {
		var version int64
		err := row.Scan(&version)
		versions[version] = true
		return err
	})
	return versions, err
}
