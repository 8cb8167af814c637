package storegen

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/lock"
	rules "github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/model"
)

// referenceView is a field by which entities refer to others.
type referenceView struct {
	Name  string // of the field
	Is    string // what the database calls it
	Of    string // what messages call the other entity
	Table string // that of the other entity
	Key   string // statements that return the key that v has, and whether it has one
}

// referrerView is what messages call entities that refer to those of a store.
type referrerView struct{ Is, By string }

// references returns the views of the fields by which entities refer to others.
func (w *writer) references() []referenceView {
	var views []referenceView
	for _, r := range w.Entity.References {
		views = append(views, referenceView{
			Name: r.Field, Is: r.Constraint, Of: subject(r.To.Name), Table: r.Table, Key: keyIn(w.file, fieldOf(w.Entity, r.Field), ", false", ", true"),
		})
	}
	return views
}

// keyIn returns statements that return the key that a field of v has, as a kit.Cursor. none and
// some are what they return after it.
func keyIn(file *gofile.File, f model.Field, none, some string) string {
	kit, path := file.Own("kit"), "v."+pathOf(f)
	if f.Type.Kind == model.Pointer {
		return "if " + path + " == nil {\nreturn \"\"" + none + "\n}\nreturn " + kit + ".CursorOf(*" + path + ")" + some
	}
	return "return " + kit + ".CursorOf(" + path + ")" + some
}

// referrers returns the views of what refers to entities of the store.
func (w *writer) referrers() []referrerView {
	var views []referrerView
	for _, r := range w.project.Referring(w.Entity) {
		views = append(views, referrerView{r.Constraint, subject(r.Entity.Name.Name)})
	}
	return views
}

// removes returns the statement of a method that removes entities or, where they are removed in
// two steps, has them refer to nothing and returns their keys.
func (w *writer) removes(where string) string {
	table := strconv.Quote(w.Table)
	if !w.releases() {
		return literal("DELETE FROM " + table + where)
	}
	var set []string
	for _, r := range w.Entity.OfOwnKind() {
		set = append(set, strconv.Quote(fieldOf(w.Entity, r.Field).Column)+" = NULL")
	}
	return literal("UPDATE " + table + " SET " + strings.Join(set, ", ") + where + " RETURNING " + w.key())
}

// releases reports whether entities are removed in two steps: triggers look at one row at a time,
// and entities may refer to others that go as well.
func (w *writer) releases() bool { return w.adapter == "sqlite" && len(w.Entity.OfOwnKind()) > 0 }

// createReference returns the statements by which rows refer to rows that are there. SQLite
// adds no foreign key to a table that it has: triggers do the same.
func (m migration) createReference(i lock.Index) string {
	table, column, to := m.table.Name, i.Columns[len(i.Columns)-1], i.Refers
	keys, same := fmt.Sprintf("(%q) REFERENCES %q", column, to), ""
	if len(i.Columns) > 1 { // the tenant is the same
		keys = fmt.Sprintf("(%q, %q) REFERENCES %q (%q, %q)", i.Columns[0], column, to, i.RefersTenant, i.RefersKey)
		same = fmt.Sprintf(" AND %q = NEW.%q", i.RefersTenant, i.Columns[0])
	}
	if m.adapter == "postgres" {
		return fmt.Sprintf("ALTER TABLE %[1]q DROP CONSTRAINT IF EXISTS %[2]q, ADD CONSTRAINT %[2]q FOREIGN KEY %[3]s;\n", table, i.Name, keys)
	}
	missing := fmt.Sprintf("NEW.%[1]q IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %[2]q WHERE %[3]q = NEW.%[1]q%[4]s)", column, to, i.RefersKey, same)
	own := ""
	if i.RefersOwn {
		own = fmt.Sprintf(" AND %q = OLD.%q", i.Columns[0], i.RefersTenant)
	}
	referred := fmt.Sprintf("EXISTS (SELECT 1 FROM %q WHERE %q = OLD.%q%s)", table, column, i.RefersKey, own)
	return trigger(i.Name, "insert", fmt.Sprintf("INSERT ON %q", table), missing) +
		trigger(i.Name, "update", fmt.Sprintf("UPDATE OF %q ON %q", column, table), missing) +
		trigger(i.Name, "delete", fmt.Sprintf("DELETE ON %q", to), referred)
}

// trigger returns the statement that makes a trigger which refuses a change. The text of its
// error is the name of the reference. It comes after the change, as the check of a foreign key
// does: a row may refer to itself, and what is taken is told first.
func trigger(reference, suffix, event, when string) string {
	return fmt.Sprintf("-- +goose StatementBegin\nCREATE TRIGGER IF NOT EXISTS %q AFTER %s\nWHEN %s\nBEGIN SELECT RAISE(ABORT, %s); END;\n-- +goose StatementEnd\n",
		reference+"_"+suffix, event, when, quoted(reference))
}

// dropReference returns the statements that undo it.
func (m migration) dropReference(i lock.Index) (text string) {
	if m.adapter == "postgres" {
		return fmt.Sprintf("ALTER TABLE %q DROP CONSTRAINT IF EXISTS %q;\n", m.table.Name, i.Name)
	}
	for _, suffix := range []string{"insert", "update", "delete"} {
		text += fmt.Sprintf("DROP TRIGGER IF EXISTS %q;\n", i.Name+"_"+suffix)
	}
	return text
}

// astray returns the line by which a reference is refused while existing rows refer to
// nothing.
func (m migration) astray(i lock.Index) string {
	from, to := strconv.Quote(i.Refers), strconv.Quote(i.Refers)
	if i.Refers == m.table.Name {
		to = `"other"`
		from += " AS " + to
	}
	same := ""
	if len(i.Columns) > 1 {
		same = fmt.Sprintf(" AND %s.%q = %q.%q", to, i.RefersTenant, m.table.Name, i.Columns[0])
	}
	return rules.Refused + fmt.Sprintf("SELECT %[1]q.%[2]q, count(*) FROM %[1]q WHERE %[1]q.%[2]q IS NOT NULL AND NOT EXISTS "+
		"(SELECT 1 FROM %[3]s WHERE %[4]s.%[5]q = %[1]q.%[2]q%[6]s) GROUP BY %[1]q.%[2]q ORDER BY count(*) DESC, %[1]q.%[2]q LIMIT 5\n",
		m.table.Name, i.Columns[len(i.Columns)-1], from, to, i.RefersKey, same)
}
