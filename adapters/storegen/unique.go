package storegen

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/lock"
	rules "github.com/outgrowkit/outgrow/domain/migration"
	"github.com/outgrowkit/outgrow/domain/model"
)

// indexesName returns what the file of a migration of indexes is called after its version.
func (m migration) indexesName() string {
	if made := m.indexes(); len(made) > 0 {
		word := "_by_"
		switch {
		case made[0].Unique:
			word = "_unique_"
		case made[0].Refers != "":
			word = "_references_"
		case made[0].Next:
			word = "_next_"
		}
		return m.table.Name + word + strings.Join(made[0].Columns, "_and_")
	}
	return m.table.Name + "_any_" + strings.Join(m.dropped()[0].Columns, "_and_")
}

// dropped returns the indexes that the migration drops.
func (m migration) dropped() []lock.Index {
	return slices.DeleteFunc(slices.Clone(m.table.Indexes), func(i lock.Index) bool { return i.Until != m.version })
}

// createIndex returns the statement that makes an index. Two branches may each add the same
// one.
func (m migration) createIndex(i lock.Index) string {
	kind := "INDEX"
	switch {
	case i.Refers != "":
		return m.createReference(i)
	case i.Next:
		return m.createNext(i)
	case i.Unique:
		kind = "UNIQUE INDEX"
	}
	return fmt.Sprintf("CREATE %s IF NOT EXISTS %q ON %q (%s);\n", kind, i.Name, m.table.Name, m.indexed(i))
}

func (m migration) dropIndex(i lock.Index) string {
	switch {
	case i.Refers != "":
		return m.dropReference(i)
	case i.Next:
		return m.dropNext(i)
	}
	return fmt.Sprintf("DROP INDEX IF EXISTS %q;\n", i.Name)
}

// refusal returns the line by which a unique index is refused while existing rows are
// alike, one of a tenant while they have none, or a reference while they refer to nothing; "" if
// there can be none.
//
// What is new has one value in all rows. The other columns are named with their table: SQLite
// takes the name of a column that is not there, since an earlier migration is to make it, for a text.
func (m migration) refusal(i lock.Index) string {
	switch {
	case i.Refers != "":
		return m.astray(i)
	case !i.Unique || m.first:
		return ""
	case slices.Equal(i.Columns, []string{i.Tenant, m.table.Key.Name}):
		of := fmt.Sprintf("%q.%q", m.table.Name, i.Tenant)
		return rules.Refused + fmt.Sprintf("SELECT %[1]s, count(*) FROM %[2]q WHERE %[1]s = '' GROUP BY %[1]s\n", of, m.table.Name)
	}
	var columns []string
	for _, name := range i.Columns {
		at := slices.IndexFunc(m.columns(), func(c lock.Column) bool { return c.Name == name })
		if at < 0 {
			columns = append(columns, fmt.Sprintf("%q.%q", m.table.Name, name))
		} else if nullable(m.columns()[at].Type) {
			return "" // nothing is like nothing else
		}
	}
	all := strings.Join(columns, ", ")
	return rules.Refused + fmt.Sprintf("SELECT %[1]s, count(*) FROM %[2]q WHERE %[3]s IS NOT NULL GROUP BY %[1]s HAVING count(*) > 1 ORDER BY count(*) DESC, %[1]s LIMIT 5\n",
		all, m.table.Name, strings.Join(columns, " IS NOT NULL AND "))
}

// uniquely returns the expressions in a unique index: its columns as queries compare them
// and, where those are not whole, what stands for the rest.
func (m migration) uniquely(i lock.Index, isText func(column string) bool) string {
	texts := countOf(i.Columns, isText)
	var entries, digests []string
	for _, column := range i.Columns {
		entry := strconv.Quote(column)
		if isText(column) {
			if m.digest != nil {
				digests = append(digests, m.digest(entry))
			}
			entry = m.dialect.indexed(entry, texts)
		}
		entries = append(entries, entry)
	}
	return strings.Join(append(entries, digests...), ", ")
}

// countOf returns how many of the columns are of a kind.
func countOf(columns []string, is func(string) bool) (n int) {
	for _, c := range columns {
		if is(c) {
			n++
		}
	}
	return n
}

// uniqueView is fields in which no two entities may be alike.
type uniqueView struct {
	Names string // as Go: `"Tenant", "Email"`
	Index string // what the database calls them
	Alike string // an expression for whether a and b are alike
}

// unique returns the view of what is unique.
func (w *writer) unique() []uniqueView {
	var views []uniqueView
	for _, u := range w.Entity.Unique {
		v := uniqueView{Names: quotedNames(u.Fields), Index: u.Index}
		var columns, alike []string
		fields := u.Fields
		if w.Entity.Tenant != "" {
			fields = append([]string{w.Entity.Tenant}, fields...)
		}
		for _, name := range fields {
			f := fieldOf(w.Entity, name)
			columns = append(columns, w.Table+"."+f.Column)
			alike = append(alike, w.alikeIn(f))
		}
		if w.adapter == "sqlite" { // which does not tell the name
			v.Index = strings.Join(columns, ", ")
		}
		v.Alike = strings.Join(alike, " && ")
		views = append(views, v)
	}
	return views
}

func quotedNames(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = strconv.Quote(n)
	}
	return strings.Join(quoted, ", ")
}

// alikeIn returns an expression for whether a and b are alike in a field.
func (w *writer) alikeIn(f model.Field) string {
	a, b, there, t := "a."+pathOf(f), "b."+pathOf(f), "", f.Type
	to := "&"
	if t.Kind == model.Pointer {
		there, t, to = a+" != nil && "+b+" != nil && ", t.Elem, ""
	}
	switch {
	case t.Kind == model.Text && t.New != nil:
		return there + a + "." + t.Method + "() == " + b + "." + t.Method + "()"
	case t.Kind == model.Text:
		return there + w.kit() + ".SameText(" + to + a + ", " + to + b + ")"
	}
	if to == "" {
		b = "*" + b
	}
	switch {
	case t.Kind == model.Time:
		return there + a + ".Equal(" + b + ")"
	case to == "":
		a = "*" + a
	}
	return there + a + " == " + b
}
