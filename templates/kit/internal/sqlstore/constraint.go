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

// Unique returns a Mapping.Refused that names the fields that are unique. They are given by
// the name of their index, which nameOf finds in an error of the database.
func Unique(entity string, fields map[string][]string, nameOf func(error) string) func(error, bool) error {
	return func(err error, _ bool) error {
		if named := fields[nameOf(err)]; named != nil {
			return constraint.Taken(entity, named, err)
		}
		return err
	}
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
