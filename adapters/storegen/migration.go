package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Migrations returns the migrations that bring the tables of before to what the
// project has now, a file for each table, numbered from next. Those that are
// there are never written to: they may have been applied.
func Migrations(p model.Project, l *lock.Lock, changes []lock.Change, next int) ([]plan.File, error) {
	names := jsongen.NewNames(p)
	changed := map[*model.Struct]lock.Change{}
	for _, c := range changes {
		changed[c.Entity] = c
	}
	var files []plan.File
	for _, s := range p.Services {
		if s.Keeps == nil {
			continue
		}
		v, err := newStore(p, s, names)
		if err != nil {
			return nil, err
		}
		c := changed[s.Entity]
		statements := append(v.tables(c), v.indexes(l)...)
		if len(statements) == 0 {
			continue
		}
		files = append(files, plan.File{
			Path: fmt.Sprintf("adapters/sqlite/migrations/%05d_%s.sql", next, v.Table),
			Data: []byte("-- +goose Up\n" + strings.Join(statements, "\n\n") + "\n"),
		})
		next++
	}
	return files, nil
}

// tables returns the statements that make or extend the table.
func (v store) tables(c lock.Change) []string {
	if c.New {
		var columns []string
		for _, f := range v.Fields {
			columns = append(columns, "  "+definition(f))
		}
		return []string{fmt.Sprintf("CREATE TABLE %q (\n%s\n) STRICT;", v.Table, strings.Join(columns, ",\n"))}
	}
	var statements []string
	for _, added := range c.Columns {
		f, _ := v.fieldNamed(added.Name)
		text := definition(f)
		if f.NotNull {
			text += " DEFAULT " + fallback(f)
		}
		statements = append(statements, fmt.Sprintf("ALTER TABLE %q ADD COLUMN %s;", v.Table, text))
	}
	return statements
}

func definition(f field) string {
	text := fmt.Sprintf("%q %s", f.Column, f.SQL)
	if f.NotNull {
		text += " NOT NULL"
	}
	if f.Path == "ID" {
		text += " PRIMARY KEY"
	}
	return text
}

// fallback is what rows of before have in a column that is new.
func fallback(f field) string {
	switch f.Type.Kind {
	case model.UUID:
		return "x'00000000000000000000000000000000'"
	case model.String:
		if len(f.Type.Values) > 0 {
			return "'" + strings.ReplaceAll(f.Type.Values[0].Text, "'", "''") + "'"
		}
	case model.Record:
		return "'{}'"
	}
	switch f.SQL {
	case "INTEGER", "REAL":
		return "0"
	}
	return "''"
}

// indexes returns the statements that make the indexes of what is found by.
func (v store) indexes(l *lock.Lock) []string {
	var statements []string
	for _, m := range v.Methods {
		if len(m.By) == 0 {
			continue
		}
		var columns, quoted []string
		for _, b := range m.By {
			columns = append(columns, b.Field.Column)
			quoted = append(quoted, `"`+b.Field.Column+`"`)
		}
		if !l.Index(v.Table, strings.Join(columns, ",")) {
			continue
		}
		statements = append(statements, fmt.Sprintf("CREATE INDEX %q ON %q (%s, \"id\");",
			v.Table+"_"+strings.Join(columns, "_"), v.Table, strings.Join(quoted, ", ")))
	}
	return statements
}
