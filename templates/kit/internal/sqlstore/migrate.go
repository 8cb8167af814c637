package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
)

const (
	// kitVersions is the table that says which of the kit's migrations have been applied.
	kitVersions = "kit_version"
	// kitProject is the table that says whose the database is.
	kitProject = "kit_project"
)

// Migrations are those of a database: the kit's, and then the project's.
type Migrations struct {
	project string // "" has no database of its own
	sets    []migrationSet
}

// migrationSet is migrations whose versions are kept in a table of their own.
type migrationSet struct {
	owner string
	files fs.FS
}

func (s migrationSet) table() string { return s.owner + "_version" }

// NewMigrations returns the migrations. Both file systems hold them in the folder
// migrations.
func NewMigrations(ofKit fs.FS, project kit.Schema) (Migrations, error) {
	all := Migrations{project.Project, []migrationSet{{"kit", ofKit}}}
	if project.Migrations != nil {
		own := migrationSet{project.Project, project.Migrations}
		if project.Project == "" || own.table() == kitVersions {
			return all, kit.Errorf(kit.Invalid, "a schema of the project %q: give it another name", project.Project)
		}
		all.sets = append(all.sets, own)
	}
	return all, nil
}

// Apply applies those that have not been applied, each in a transaction of its own. One
// that is older than what has been applied is applied as well. The database becomes the
// project's before the project's migrations are applied.
func (all Migrations) Apply(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	for i, set := range all.sets {
		if err := set.apply(ctx, dialect, db); err != nil {
			return err
		}
		if i > 0 || all.project == "" {
			continue
		}
		if err := all.claim(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

func (s migrationSet) apply(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	files, err := fs.Sub(s.files, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(dialect, db, files, goose.WithTableName(s.table()),
		goose.WithAllowOutofOrder(true), goose.WithDisableGlobalRegistry(true))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil
	}
	if err != nil {
		return kit.Wrap(kit.Internal, err, "the migrations cannot be read")
	}
	if r, ok := s.files.(interface {
		refuse(context.Context, migrationSet, *goose.Provider, *sql.DB) error
	}); ok {
		err = r.refuse(ctx, s, p, db)
	}
	if err == nil {
		_, err = p.Up(ctx)
	}
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		return fmt.Errorf("the migration %s/%s fails: %w", s.owner, path.Base(partial.Failed.Source.Path), partial.Err)
	}
	return err
}

// claim records whose the database is, if that is not recorded.
func (all Migrations) claim(ctx context.Context, db *sql.DB) error {
	const table = `"` + kitProject + `"`
	var owner string
	_, err := db.ExecContext(ctx, `INSERT INTO `+table+` ("name") SELECT $1 WHERE NOT EXISTS (SELECT 1 FROM `+table+`)`, all.project)
	if err == nil {
		err = db.QueryRowContext(ctx, `SELECT "name" FROM `+table).Scan(&owner)
	}
	return cmp.Or(err, all.refuse(owner))
}

// refuse returns an error if the database is another project's.
func (all Migrations) refuse(owner string) error {
	if owner == "" || all.project == "" || owner == all.project {
		return nil
	}
	return kit.Errorf(kit.Conflict, "the database belongs to the project %s, and this is %s", owner, all.project)
}

// List returns all migrations as the statements that prepare makes see them: first those
// that the program has, in the order of Apply. tables selects the names of the tables that
// there are. Conflict is returned if the database is another project's.
func (all Migrations) List(
	ctx context.Context, tables *Statement, prepare func(text string) *Statement,
) (list []kit.Migration, err error) {
	there, err := column[string](ctx, tables)
	if err != nil {
		return nil, err
	}
	owner, err := all.owner(ctx, there, prepare)
	if err == nil {
		err = all.refuse(owner)
	}
	if err != nil {
		return nil, err
	}
	var unknown []kit.Migration
	for _, set := range all.sets {
		var applied []int64
		if slices.Contains(there, set.table()) {
			text := `SELECT "version_id" FROM "` + set.table() + `" WHERE "is_applied" AND "version_id" > 0 ORDER BY 1`
			if applied, err = column[int64](ctx, prepare(text)); err != nil {
				return nil, err
			}
		}
		known, others, err := set.list(applied)
		if err != nil {
			return nil, err
		}
		list, unknown = append(list, known...), append(unknown, others...)
	}
	return append(list, unknown...), nil
}

// owner returns whose the database is; "" if that is not known. Those of earlier versions
// of the kit have no record, but a table of versions that is named for the project.
func (all Migrations) owner(ctx context.Context, tables []string, prepare func(text string) *Statement) (string, error) {
	if slices.Contains(tables, kitProject) {
		names, err := column[string](ctx, prepare(`SELECT "name" FROM "`+kitProject+`"`))
		if err != nil || len(names) > 0 {
			return strings.Join(names, ""), err
		}
	}
	if !slices.Contains(tables, kitVersions) || slices.Contains(tables, all.project+"_version") {
		return "", nil
	}
	for _, table := range tables {
		if owner, ok := strings.CutSuffix(table, "_version"); ok && table != kitVersions {
			return owner, nil
		}
	}
	return "", nil
}

// list returns the migrations of the set, and those that were applied and it does not have.
func (s migrationSet) list(applied []int64) (known, unknown []kit.Migration, err error) {
	names, _ := fs.Glob(s.files, "migrations/*.sql") // an error would be that of the pattern
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			message := "the name of the migration " + path.Base(name) + " does not begin with a number"
			return nil, nil, kit.Wrap(kit.Internal, err, message)
		}
		i, found := slices.BinarySearch(applied, version)
		if found {
			applied = slices.Delete(applied, i, i+1)
		}
		known = append(known, kit.Migration{Name: s.owner + "/" + path.Base(name), Applied: found})
	}
	for _, version := range applied {
		name := s.owner + "/" + strconv.FormatInt(version, 10)
		unknown = append(unknown, kit.Migration{Name: name, Applied: true, Unknown: true})
	}
	return known, unknown, nil
}

// column returns what a statement selects, values of one column.
func column[T any](ctx context.Context, s *Statement) ([]T, error) {
	return collect(ctx, s, func(row Scanner, v *T) error { return row.Scan(v) })
}
