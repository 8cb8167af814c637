package storegen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/reads"
)

// readsView is the template data for a store without an entity in an adapter.
type readsView struct {
	Name, File string   // of the port: "ReportStore"; of its statements
	Kit        string   // the package of the kit: "sqlitestore"
	Adapter    string   // "sqlite"
	Stores     []string // the stores of entities: "OrderStore"
	Methods    []readView
}

// readView is a method, which returns what a statement selects.
type readView struct {
	Name      string
	Doc       []string
	Statement string // the field
	SQL       string // an expression
	Params    string // ", since time.Time"
	Args      string // what the statement takes: ", since"
	Row       string // the type of a row: "report.Revenue"
	Many      bool   // it returns a slice of them
	Columns   string // what a row is copied to: "&v.Customer, &v.Total"
}

// reads derives the stores without an entity: in each adapter, and what their tests compare.
func (e *emitter) reads() (files []plan.File, err error) {
	var problems model.Problems
	for _, r := range e.project.Reads {
		statements := reads.Parse(r.File, r.Text, r.Port, e.project.Adapters["store"], &problems)
		for _, m := range r.Port.Methods {
			e.checkRead(r, m, &problems)
		}
		if len(problems) > 0 {
			continue
		}
		for _, adapter := range append([]string{inMemory}, e.project.Adapters["store"]...) {
			derived, err := e.readsIn(adapter, r, statements)
			if err != nil {
				return nil, err
			}
			files = append(files, derived...)
		}
	}
	if err := problems.Err(); err != nil || len(e.project.Reads) == 0 {
		return nil, err
	}
	suite, err := e.readsSuite()
	return append(files, suite), err
}

// checkRead reports a method that does not return rows, or is missing in memory.
func (e *emitter) checkRead(r model.Reads, m model.Method, problems *model.Problems) {
	row := rowOf(m)
	if row == nil {
		problems.Add(m.Pos, m.Name+" does not return rows", "let it return a struct, or a slice of structs, and an error")
		return
	}
	for _, f := range row.Struct.Fields {
		if !isColumn(f.Type) {
			problems.Add(f.Pos, "the field "+f.Name+" of "+row.Struct.Name.Name+", of which "+m.Name+" returns rows, is no column", "make it a number, a text, a time or the like, or a pointer to one")
		}
	}
	for _, p := range m.Params {
		if t := p.Type; !isColumn(t) && (t.Kind != model.Slice || !isColumn(t.Elem)) {
			problems.Add(m.Pos, "the parameter "+p.Name+" of "+m.Name+" is no value of a column", "take numbers, texts, times and the like, or slices of them")
		}
	}
	if !e.project.Hand[inMemory+"."+r.Port.Name+"."+m.Name] {
		problems.Add(m.Pos, m.Name+" is not written in memory, where there are no statements",
			"write func (s *"+r.Port.Name+") "+m.Name+" in adapters/memory, from the stores that are fields of s: a derived test compares the two")
	}
}

// rowOf returns the struct that a method returns, or returns several of; nil if it does not.
func rowOf(m model.Method) *model.Type {
	if len(m.Results) != 1 {
		return nil
	}
	t := m.Results[0]
	if t.Kind == model.Slice {
		t = t.Elem
	}
	if t.Kind != model.Record {
		return nil
	}
	return t
}

// isColumn reports whether a value is that of a column.
func isColumn(t *model.Type) bool { return t.Value().IsScalar() }

// readsIn derives a store without an entity in an adapter, and for a database its test.
func (e *emitter) readsIn(adapter string, r model.Reads, statements reads.Statements) ([]plan.File, error) {
	f := gofile.New(e.project, adapter, r.Stem+"_gen.go")
	if adapter == inMemory {
		code, err := f.Render(templates, "memory_reads.go.tmpl", readsView{Name: r.Port.Name, Stores: e.kept()})
		return []plan.File{code}, err
	}
	w := &writer{emitter: e, file: f, adapter: adapter, dialect: dialectOf(adapter)}
	v := readsView{Name: r.Port.Name, File: r.File, Kit: w.kit(), Adapter: adapter, Stores: e.kept()}
	f.Std("context")
	f.Own("kit")
	for _, m := range r.Port.Methods {
		v.Methods = append(v.Methods, w.read(m, r.Port.Name, statements.Of(m.Name, adapter)))
	}
	code, err := f.Render(templates, "reads.go.tmpl", v)
	if err != nil {
		return nil, err
	}
	f = gofile.In(e.project, "adapters/"+adapter, adapter+"_test", r.Stem+"_gen_test.go")
	e.testViews(adapter, f, nil)
	f.Own("adapters/memory")
	f.Own("kit/memorystore")
	test, err := f.Render(templates, "reads_test.go.tmpl", v)
	return []plan.File{code, test}, err
}

// kept returns the names of the stores of entities, those that others need first.
func (e *emitter) kept() (names []string) {
	var all []*model.Service
	for i, s := range e.project.Services {
		if s.Keeps != nil {
			all = with(all, append(needed(&e.project, s.Entity), &e.project.Services[i])...)
		}
	}
	for _, s := range all {
		names = append(names, s.Keeps.Name)
	}
	return names
}

// read returns the view of a method.
func (w *writer) read(m model.Method, port, text string) readView {
	row := rowOf(m)
	v := readView{
		Name: m.Name, Doc: docOf(m, port), Statement: strings.ToLower(m.Name[:1]) + m.Name[1:],
		SQL: "`" + strings.ReplaceAll(text, "`", "` + \"`\" + `") + "`", Row: w.file.Type(row), Many: m.Results[0].Kind == model.Slice,
	}
	for _, p := range m.Params {
		typ, name := w.file.Type(p.Type), w.param(p.Name)
		v.Params += ", " + name + " " + typ
		if p.Type.Kind == model.Slice {
			name = w.kit() + ".In(" + name + ")"
		}
		v.Args += ", " + name
	}
	columns := make([]string, len(row.Struct.Fields))
	for i, f := range row.Struct.Fields {
		columns[i] = w.column(f.Type, "v."+pathOf(f))
	}
	v.Columns = strings.Join(columns, ", ")
	return v
}

// readsSuiteView is the template data for what the tests of stores without an entity compare.
type readsSuiteView struct {
	Filled []filledView
	Reads  []comparedView
}

// filledView is a store of entities, which is filled.
type filledView struct {
	suiteView
	Refused []string // the codes with which entities may be refused
}

// comparedView is a store without an entity.
type comparedView struct {
	Name    string
	Values  []valuesView
	Methods []calledView
}

// calledView is a method, with arguments that differ with i: ", storetest.SampleTime(i)".
type calledView struct {
	Name, Args string
	Many       bool   // it returns a slice
	Context    string // an expression for one that is for the tenant of the samples, if there are tenants
}

// refusing returns the codes with which samples of an entity that are mixed may be refused.
func refusing(entity *model.Struct) (codes []string) {
	if len(entity.Unique) > 0 {
		codes = append(codes, "AlreadyExists")
	}
	if len(entity.References) > 0 {
		codes = append(codes, "Invalid")
	}
	return codes
}

// readsSuite derives what the tests of stores without an entity compare.
func (e *emitter) readsSuite() (plan.File, error) {
	f := gofile.In(e.project, "ports/suite", "suite", "reads_gen.go")
	f.Import("math/rand/v2", "rand")
	f.Std("reflect")
	f.Std("testing")
	for _, own := range []string{"kit", "kit/storetest", "ports"} {
		f.Own(own)
	}
	var v readsSuiteView
	ctx := "t.Context()"
	for _, s := range e.project.Services {
		if s.Keeps != nil {
			w := &suiteWriter{project: &e.project, file: f, store: store{Service: s}, variables: map[string]string{}}
			if s.Entity.Tenant != "" {
				ctx = "tenanttest.Context(t.Context())"
			}
			v.Filled = append(v.Filled, filledView{w.view(), refusing(s.Entity)})
		}
	}
	for _, r := range e.project.Reads {
		samples := NewSampler(f)
		c := comparedView{Name: r.Port.Name}
		for _, m := range r.Port.Methods {
			args := ""
			for _, p := range m.Params {
				args += ", " + samples.Value(p.Type, name.SnakeOf(p.Name, english.English{}), "i")
			}
			c.Methods = append(c.Methods, calledView{m.Name, args, m.Results[0].Kind == model.Slice, ctx})
		}
		c.Values = samples.w.values
		v.Reads = append(v.Reads, c)
	}
	return f.Render(templates, "reads_suite.go.tmpl", v)
}
