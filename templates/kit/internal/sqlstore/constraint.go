package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pressly/goose/v3"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
)

// Constraints are what the rows of a table are held to.
type Constraints[T any] struct {
	// Broken and Kept return the errors for changes and for removals that a constraint refuses,
	// by what the database calls it.
	Broken, Kept map[string]func(cause error) error

	// First is a statement that selects what the database calls the first constraint that an entity
	// breaks, in the order in which they are declared, and "" for its key. Its parameters are those
	// of Args, which returns pointers to fields of an entity. The first is the key, or NULL unless the
	// entity is new.
	First string
	Args  func(*T) []any
}

// Taken returns the error for an entity that is like another one in the fields.
func Taken(entity string, fields ...string) func(cause error) error {
	return func(cause error) error { return constraint.Taken(entity, fields, cause) }
}

// Refused returns a Mapping.Refused that tells of the first constraint that is broken: a database
// tells of any. nameOf finds the name of that in its error.
func (c Constraints[T]) Refused(p *Preparer, nameOf func(error) string) func(context.Context, *T, bool, error) error {
	return func(ctx context.Context, entity *T, isNew bool, err error) error {
		name, told := nameOf(err), c.Broken
		if entity == nil {
			told = c.Kept
		}
		if told[name] == nil {
			return err
		}
		if entity != nil {
			name = c.first(ctx, p.Statement(c.First), entity, isNew, name)
		}
		if name == "" {
			return Duplicate(err)
		}
		return told[name](err)
	}
}

// first returns the name of the first constraint that an entity breaks. Where that is not known, as
// when another transaction has changed it meanwhile, it is the one that the database has told of.
func (c Constraints[T]) first(ctx context.Context, s *Statement, entity *T, isNew bool, told string) string {
	args := c.Args(entity)
	if !isNew {
		args[0] = nil
	}
	var first *string
	_, err := s.Row(ctx, func(row Scanner) error { return row.Scan(&first) }, args...)
	if err != nil || first == nil {
		return told
	}
	return *first
}

// refused begins a line of a migration with a query: while that finds rows, the migration is
// not applied.
const refused = "-- Refused while this finds rows: "

// Refusing is migrations of which some are refused while there are rows that they do not
// allow.
type Refusing struct{ fs.FS }

// refuse returns Conflict, with some of the rows, if a migration that is to be applied is
// refused. It changes nothing.
func (r Refusing) refuse(ctx context.Context, set migrationSet, p *goose.Provider, db *sql.DB) error {
	all, err := p.Status(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State != goose.StatePending {
			continue
		}
		name := path.Base(m.Source.Path)
		text, err := fs.ReadFile(r, "migrations/"+name)
		if err != nil {
			return err
		}
		up, _, _ := strings.Cut(string(text), "-- +goose Down")
		for line := range strings.Lines(up) {
			query, ok := strings.CutPrefix(strings.TrimSpace(line), refused)
			if !ok {
				continue
			}
			if rows := found(ctx, db, query); len(rows) > 0 {
				return kit.Errorf(kit.Conflict, "the migration %s/%s is refused because of rows such as %s, and none is applied; change them first. They are found by %s",
					set.owner, name, strings.Join(rows, " and "), query)
			}
		}
	}
	return nil
}

// found returns the rows that a query finds, each as text. It finds none if the query fails:
// an earlier migration may have to make what it looks at.
func found(ctx context.Context, db *sql.DB, query string) (list []string) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil
	}
	defer tx.Rollback() //nolint:errcheck // it was only read
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return nil
	}
	defer rows.Close() //nolint:errcheck // the list is of what could be read
	columns, _ := rows.Columns()
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if rows.Scan(values...) != nil {
			return list
		}
		texts := make([]string, len(columns))
		for i, v := range values {
			texts[i] = columns[i] + " " + shown(*v.(*any))
		}
		if last := len(texts) - 1; strings.Contains(query, counted) {
			texts = append(texts[:last-1], texts[last-1]+": "+countOf(*values[last].(*any)))
		}
		list = append(list, "("+strings.Join(texts, ", ")+")")
	}
	_ = rows.Err() // the list is of what could be read
	return list
}

// counted is in a query whose last column says how many rows there are with what comes before.
const counted = ", count(*) FROM "

// countOf returns how many rows there are.
func countOf(n any) string {
	if n == int64(1) {
		return "1 row"
	}
	return fmt.Sprint(n, " rows")
}

// shown returns a value as it can be read, cut off if it is long.
func shown(v any) string {
	switch v := v.(type) {
	case []byte:
		if len(v) == 16 {
			return kit.UUID(v).String()
		}
		return fmt.Sprintf("%.100q", v)
	case string:
		return fmt.Sprintf("%.100q", v)
	}
	return fmt.Sprint(v)
}
