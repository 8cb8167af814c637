package storegen

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/templates/derived"
)

var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"pair": func(s any, m method) map[string]any { return map[string]any{"Store": s, "Method": m} },
}).ParseFS(derived.Files, "sqlite/*.tmpl", "memory/*.tmpl", "storetest/*.tmpl"))

// Emit derives the stores of a project.
func Emit(p model.Project) ([]plan.File, error) {
	names := jsongen.NewNames(p)
	var files []plan.File
	var problems model.Problems
	for _, s := range p.Services {
		if s.Keeps == nil {
			continue
		}
		v, err := newStore(p, s, names)
		if err != nil {
			problems = append(problems, err.(model.Problems)...) //nolint:errorlint // newStore returns no other
			continue
		}
		derived, err := v.emit(p, s, names)
		if err != nil {
			return nil, err
		}
		files = append(files, derived...)
	}
	return files, problems.Err()
}

// statement is a statement that a store prepares.
type statement struct{ Name, SQL string }

// storeView is a store as the templates of one package see it.
type storeView struct {
	store
	Std, Own             []string // imports
	Statements           []statement
	Derived              []method
	Pages, Misses        bool
	ReadName, AppendName string
	Test                 testView
	EntityImport         string
	Bound                []string // methods that the suite calls through a Keeper
	Calls                bool     // the suite calls the port itself
}

func (v store) emit(p model.Project, s model.Service, names *jsongen.Names) ([]plan.File, error) {
	view := storeView{store: v}
	view.ReadName, view.AppendName = namesOf(s, names)
	view.Test = v.testing(p, s)
	view.EntityImport = v.importOf(s.Entity.Name.Path)
	for _, m := range v.Methods {
		switch m.Kind {
		case "Find", "Count", "Exists":
			view.Calls = true
		default:
			view.Bound = append(view.Bound, m.Kind)
		}
	}
	var files []plan.File
	for _, f := range []struct{ template, path, pkg string }{
		{"sqlite.go.tmpl", path.Join("adapters/sqlite", v.Stem+"_gen.go"), "sqlite"},
		{"sqlite_test.go.tmpl", path.Join("adapters/sqlite", v.Stem+"_gen_test.go"), "sqlite_test"},
		{"memory.go.tmpl", path.Join("adapters/memory", v.Stem+"_gen.go"), "memory"},
		{"memory_test.go.tmpl", path.Join("adapters/memory", v.Stem+"_gen_test.go"), "memory_test"},
		{"storetest.go.tmpl", path.Join("ports/storetest", v.Stem+"_gen.go"), "storetest"},
	} {
		view.prepare(f.pkg)
		var b bytes.Buffer
		if err := templates.ExecuteTemplate(&b, f.template, view); err != nil {
			return nil, err
		}
		data, err := format.Source(b.Bytes())
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", f.path, err, b.Bytes())
		}
		files = append(files, plan.File{Path: f.path, Data: data})
	}
	return files, nil
}

// prepare sets what differs between packages.
func (v *storeView) prepare(pkg string) {
	v.Derived = v.in(pkg)
	v.Statements = nil
	v.Pages, v.Misses = false, false
	for _, m := range v.Derived {
		v.Statements = append(v.Statements, statement{m.Statement, v.sql(m)})
		v.Pages = v.Pages || m.Kind == "List" || m.Kind == "Find"
		v.Misses = v.Misses || m.Kind == "Update" || m.Kind == "Delete"
	}
	used := map[string]string{v.Module + "/domain": "domain"}
	maps.Copy(used, v.imports)
	switch pkg {
	case "memory":
		used[v.Module+"/adapters/jsonwire"] = "jsonwire"
		delete(used, "database/sql")
		v.keepUsed(used)
	case "storetest":
		delete(used, v.Module+"/adapters/jsonwire")
		delete(used, "database/sql")
		delete(used, "time")
		if v.Calls {
			used[v.Module+"/ports"] = "ports"
		}
	case "sqlite":
		v.keepUsed(used)
	}
	v.Std, v.Own = nil, nil
	for _, p := range slices.Sorted(maps.Keys(used)) {
		line := v.importOf(p)
		if strings.HasPrefix(p, v.Module+"/") {
			v.Own = append(v.Own, line)
		} else {
			v.Std = append(v.Std, line)
		}
	}
}

// keepUsed drops the imports that only samples of the entity need.
func (v *storeView) keepUsed(used map[string]string) {
	var text strings.Builder
	for _, f := range v.Fields {
		text.WriteString(f.Arg + " " + f.Scan + " ")
	}
	for _, m := range v.Derived {
		text.WriteString(m.Params + " ")
	}
	for p, name := range used {
		if p == v.Module+"/domain" || p == v.entityPath || name == "jsonwire" {
			continue
		}
		if !strings.Contains(text.String(), name+".") {
			delete(used, p)
		}
	}
}

// importOf returns an import, under another name where it needs one.
func (v store) importOf(p string) string {
	line := fmt.Sprintf("%q", p)
	if name := v.imports[p]; name != "" && path.Base(p) != name {
		line = name + " " + line
	}
	return line
}

func (v store) columns() string {
	quoted := make([]string, len(v.Fields))
	for i, f := range v.Fields {
		quoted[i] = `"` + f.Column + `"`
	}
	return strings.Join(quoted, ", ")
}

// sql returns the text of a method's statement.
func (v store) sql(m method) string {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(v.Fields)), ", ")
	var where []string
	for _, b := range m.By {
		where = append(where, `"`+b.Field.Column+`" = ?`)
	}
	conditions := strings.Join(where, " AND ")
	switch m.Kind {
	case "Insert":
		return fmt.Sprintf("INSERT INTO %q (%s)\n\t\t\tVALUES (%s)", v.Table, v.columns(), marks)
	case "Update":
		return fmt.Sprintf("UPDATE %q SET (%s)\n\t\t\t= (%s) WHERE \"id\" = ? AND \"version\" = ?", v.Table, v.columns(), marks)
	case "Delete":
		return fmt.Sprintf("DELETE FROM %q WHERE \"id\" = ?", v.Table)
	case "Count":
		return fmt.Sprintf("SELECT count(*) FROM %q WHERE %s", v.Table, conditions)
	case "Exists":
		return fmt.Sprintf("SELECT 1 FROM %q WHERE %s LIMIT 1", v.Table, conditions)
	case "Get":
		conditions = `"id" = ?`
		return fmt.Sprintf("SELECT %s\n\t\t\tFROM %q WHERE %s", v.columns(), v.Table, conditions)
	case "Find":
		conditions += " AND "
	}
	return fmt.Sprintf("SELECT %s\n\t\t\tFROM %q WHERE %s\"id\" > ? ORDER BY \"id\" LIMIT ?", v.columns(), v.Table, conditions)
}
