package storegen

import (
	"fmt"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// createNext returns the statements that make what numbers for a column come from. They begin
// after the greatest that there is. Two branches may each add the same: then what it has come to
// stays, and on Postgres nobody takes a number until the migration ends, since ALTER locks it.
func (m migration) createNext(i lock.Index) string {
	if len(i.Columns) > 1 {
		return m.createNextOfTenants(i)
	}
	if m.adapter == "postgres" {
		return fmt.Sprintf("CREATE SEQUENCE IF NOT EXISTS %[1]q;\nALTER SEQUENCE %[1]q OWNED BY %[2]q.%[3]q;\n"+
			"SELECT setval(%[4]s, max(%[3]q)) FROM %[2]q HAVING max(%[3]q) >= (SELECT \"last_value\" FROM %[1]q);\n",
			i.Name, m.table.Name, i.Columns[0], sequence(i.Name))
	}
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %[1]q (\"last\" INTEGER NOT NULL) STRICT;\n"+
		"INSERT INTO %[1]q SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM %[1]q);\n"+
		"UPDATE %[1]q SET \"last\" = max(\"last\", (SELECT coalesce(max(%[3]q), 0) FROM %[2]q));\n", i.Name, m.table.Name, i.Columns[0])
}

// createNextOfTenants is createNext for numbers of tenants, which are in a table: a sequence would
// tell each of them how many numbers others take.
func (m migration) createNextOfTenants(i lock.Index) string {
	return fmt.Sprintf("CREATE TABLE IF NOT EXISTS %[1]q (\"tenant\" %[2]s NOT NULL PRIMARY KEY, \"last\" %[3]s NOT NULL)%[4]s;\n"+
		"INSERT INTO %[1]q SELECT %[6]q, max(%[7]q) FROM %[5]q WHERE %[7]q > 0 GROUP BY %[6]q\n"+
		"    ON CONFLICT (\"tenant\") DO UPDATE SET \"last\" = excluded.\"last\" WHERE excluded.\"last\" > %[1]q.\"last\";\n",
		i.Name, m.dialect.text, m.types[model.Int], m.suffix, m.table.Name, i.Columns[0], i.Columns[1])
}

// dropNext returns the statement that undoes it.
func (m migration) dropNext(i lock.Index) string {
	kind := "TABLE"
	if m.adapter == "postgres" && len(i.Columns) == 1 {
		kind = "SEQUENCE"
	}
	return fmt.Sprintf("DROP %s IF EXISTS %q;\n", kind, i.Name)
}

// sequence returns the name of a sequence as the functions of Postgres take it.
func sequence(name string) string { return quoted(strconv.Quote(name)) }

// next returns the statement that takes the next number for a field. On Postgres it also reads
// the sequence: so it is found at the start if the user may not.
func (w *writer) next(f model.Field) string {
	from := strconv.Quote(f.Source)
	if w.Entity.Tenant != "" {
		return literal("INSERT INTO " + from + ` VALUES ($1, 1) ON CONFLICT ("tenant") DO UPDATE SET "last" = ` + from + `."last" + 1 RETURNING "last"`)
	}
	if w.adapter == "postgres" {
		return literal("SELECT nextval(" + sequence(f.Source) + ") FROM " + from)
	}
	return literal("UPDATE " + from + ` SET "last" = "last" + 1 RETURNING "last"`)
}
