// Package storegen derives stores: the adapters that keep entities in databases and in
// memory, the conformance tests of the ports, and the migrations.
package storegen

import (
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/query"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// inMemory is the adapter for tests, which all projects have.
const inMemory = model.InMemory

var templates = template.Must(template.New("").ParseFS(derived.Files, "sql/*.tmpl", "memory/*.tmpl", "suite/*.tmpl"))

// Emit derives the stores of a project: for each adapter, a file for each package of
// entities, and for each database, the schema. The error is model.Problems for methods
// that cannot be derived.
func Emit(p model.Project) ([]plan.File, error) {
	e := &emitter{project: p, names: jsongen.NewNames(p), stems: gofile.NewStems(p, "schema")}
	groups, err := e.groups()
	if err != nil {
		return nil, err
	}
	files, err := e.schemas()
	if err != nil {
		return nil, err
	}
	for _, group := range groups {
		derived, err := e.emit(group)
		if err != nil {
			return nil, err
		}
		files = append(files, derived...)
	}
	reads, err := e.reads()
	return append(files, reads...), err
}

// emitter derives the stores of one project.
type emitter struct {
	project model.Project
	names   *jsongen.Names
	stems   *gofile.Stems
}

// store is a store port and its entity.
type store struct {
	model.Service
	Subject string // the name of an entity in messages: "order item"
	Methods []method
}

// method is a derived method of a store.
type method struct {
	model.Method
	query.Query
}

// isOfTable reports whether the method is the same as that of the kit's tables.
func (m method) isOfTable() bool {
	switch m.Kind {
	case query.Insert, query.Update, query.Delete:
		return m.Events
	case query.Get, query.List:
		return true
	default:
		return false
	}
}

// groups returns the stores, grouped by the package of their entities.
func (e *emitter) groups() ([][]store, error) {
	var groups [][]store
	var problems model.Problems
	at := map[string]int{}
	for _, s := range e.project.Services {
		if s.Keeps == nil {
			continue
		}
		pkg := s.Entity.Name.Path
		i, known := at[pkg]
		if !known {
			i, at[pkg] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], e.store(s, &problems))
	}
	return groups, problems.Err()
}

// store returns what is derived for a store port. It reports the methods that can neither
// be derived nor are written by hand.
func (e *emitter) store(s model.Service, problems *model.Problems) store {
	out := store{Service: s, Subject: subject(s.Entity.Name.Name)}
	for _, m := range s.Keeps.Methods {
		var found model.Problems
		q, ok := query.Of(m, s.Entity, &found)
		lacking := e.project.Lacking(s.Keeps.Name + "." + m.Name)
		switch {
		case ok && (q.IsPlain() || len(lacking) > 0):
			out.Methods = append(out.Methods, method{m, q})
		case !ok && len(lacking) > 0:
			for _, p := range found {
				p.Instead += "; by hand, it is missing in " + foldersOf(lacking) + ": outgrow generate --stub writes it there, empty"
				*problems = append(*problems, p)
			}
		}
	}
	return out
}

// foldersOf names the folders of adapters.
func foldersOf(adapters []string) string {
	folders := make([]string, len(adapters))
	for i, a := range adapters {
		folders[i] = "adapters/" + a
	}
	last := len(folders) - 1
	if last == 0 {
		return folders[0]
	}
	return strings.Join(folders[:last], ", ") + " and " + folders[last]
}

// emit derives the files for the stores of one package.
func (e *emitter) emit(group []store) ([]plan.File, error) {
	stem := e.stems.Of(group[0].Entity.Name.Path)
	var files []plan.File
	for _, adapter := range append([]string{inMemory}, e.project.Adapters["store"]...) {
		derived, err := e.adapter(adapter, stem, group)
		if err != nil {
			return nil, err
		}
		files = append(files, derived...)
	}
	f := gofile.In(e.project, "ports/suite", "suite", stem+"_gen.go")
	suite, err := f.Render(templates, "suite.go.tmpl", e.suites(f, group))
	return append(files, suite), err
}

// adapter derives the stores of one package in one adapter, and their tests.
func (e *emitter) adapter(adapter, stem string, group []store) ([]plan.File, error) {
	f := gofile.New(e.project, adapter, stem+"_gen.go")
	code, err := f.Render(templates, templateOf(adapter), e.views(adapter, f, group))
	if err != nil {
		return nil, err
	}
	f = gofile.In(e.project, "adapters/"+adapter, adapter+"_test", stem+"_gen_test.go")
	test, err := f.Render(templates, adapter+"_test.go.tmpl", e.testViews(adapter, f, group))
	return []plan.File{code, test}, err
}

func templateOf(adapter string) string {
	if adapter == inMemory {
		return "memory.go.tmpl"
	}
	return "store.go.tmpl"
}

// testView is the template data for a store in an adapter's tests.
type testView struct {
	Name   string
	Others []string // the ports of what its entities refer to
}

// testViews returns the template data for an adapter's tests.
func (e *emitter) testViews(adapter string, f *gofile.File, group []store) []testView {
	f.Std("testing")
	f.Own("adapters/" + adapter)
	f.Own("kit")
	f.Own("kit/" + adapter + "store")
	f.Own("kit/storetest")
	f.Own("ports")
	f.Own("ports/suite")
	switch adapter {
	case "sqlite":
		f.Std("path/filepath")
	case "postgres":
		f.Own("kit/testserver")
	}
	views := make([]testView, 0, len(group))
	for _, s := range group {
		v := testView{Name: s.Keeps.Name}
		for _, other := range others(&e.project, s.Entity) {
			v.Others = append(v.Others, other.Keeps.Name)
		}
		views = append(views, v)
	}
	return views
}
