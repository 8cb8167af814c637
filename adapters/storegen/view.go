package storegen

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/query"
)

// storeView is a store as the template of an adapter sees it.
type storeView struct {
	Name     string // of the port: "OrderStore"
	Entity   string // its type: "order.Order"
	Subject  string // "order"
	Table    string
	ID       string // the path of the field: "ID"
	Version  string
	Methods  []methodView
	Declared bool // by hand
	Built    bool // by hand
	Columns  []columnView
	Updates  bool     // Update is derived
	Clone    []string // statements that make v a copy of its own

	VersionColumn string
}

// methodView is a method of a store as the template of an adapter sees it.
type methodView struct {
	Kind      query.Kind
	Name      string
	Doc       []string
	Statement string // the field that holds its statement: "findByCustomer"
	SQL       string
	Params    string // by which it finds: ", customer string"
	Args      string // what they are kept as: "customer, "
	Match     string // an expression for whether v is found
	Events    bool
}

// columnView is a column of a table as the template sees it.
type columnView struct{ Arg, Scan string }

// views returns the stores as they are derived in the adapter. All that the
// template says is imported into the file.
func (e *emitter) views(adapter string, f *gofile.File, group []store) []storeView {
	views := make([]storeView, len(group))
	for i, s := range group {
		w := &writer{emitter: e, file: f, adapter: adapter, dialect: dialectOf(adapter), store: s}
		views[i] = w.view()
	}
	return views
}

// writer says what is particular to a store in Go and in SQL.
type writer struct {
	*emitter
	store
	file    *gofile.File
	adapter string
	dialect *dialect // nil in memory
}

func (w *writer) view() storeView {
	w.file.Own("domain")
	v := storeView{
		Name: w.Keeps.Name, Entity: w.file.Qualified(w.Entity.Name, w.Entity.Name.Name), Subject: w.Subject, Table: w.Table,
		ID: pathOf(fieldOf(w.Entity, "ID")), Version: pathOf(fieldOf(w.Entity, "Version")),
		VersionColumn: fieldOf(w.Entity, "Version").Column,
		Declared:      w.project.Hand[w.adapter+"."+w.Keeps.Name], Built: w.project.Hand[w.adapter+".New"+w.Keeps.Name],
	}
	for _, m := range w.Methods {
		if w.project.Hand[w.adapter+"."+w.Keeps.Name+"."+m.Name] {
			continue
		}
		w.file.Std("context")
		v.Methods = append(v.Methods, w.method(m))
		v.Updates = v.Updates || m.Kind == query.Update
	}
	if w.dialect != nil {
		w.file.Std("context")
		for _, f := range w.columns() {
			at := "v." + pathOf(f)
			v.Columns = append(v.Columns, columnView{w.argument(f.Type, at), w.destination(f.Type, "&"+at)})
		}
	} else {
		v.Clone = w.cloneFields("v", w.Entity.Fields)
	}
	return v
}

// columns returns the fields of the entity, the ID first.
func (w *writer) columns() []model.Field {
	fields := []model.Field{fieldOf(w.Entity, "ID")}
	for _, f := range w.Entity.Fields {
		if f.Name != "ID" {
			fields = append(fields, f)
		}
	}
	return fields
}

func (w *writer) method(m method) methodView {
	v := methodView{
		Kind: m.Kind, Name: m.Name, Events: m.Events,
		Doc:       docOf(m.Method, w.Keeps.Name),
		Statement: strings.ToLower(m.Name[:1]) + m.Name[1:],
	}
	if w.dialect != nil {
		v.SQL = w.sql(m)
	}
	types := make([]string, len(m.By))
	for i, by := range m.By {
		types[i] = w.file.Type(by.Param.Type) // all imports first: parameters keep clear of them
	}
	var match []string
	for i, by := range m.By {
		param := w.param(by.Param.Name)
		v.Params += ", " + param + " " + types[i]
		v.Args += w.argument(by.Param.Type, param) + ", "
		if w.dialect == nil {
			match = append(match, w.match(by, param))
		}
	}
	v.Match = strings.Join(match, " && ")
	return v
}

// param returns a name for a parameter that hides nothing.
func (w *writer) param(name string) string {
	if alias.Reserved(name) || w.file.Imported(name) || w.project.Hand[w.adapter+"."+name] {
		return name + "Value"
	}
	return name
}

// docOf returns the lines of the comment on a method.
func docOf(m model.Method, port string) []string {
	if m.Doc == "" {
		return []string{m.Name + " does what ports." + port + " promises."}
	}
	return strings.Split(m.Doc, "\n")
}

func fieldOf(s *model.Struct, name string) model.Field {
	i := slices.IndexFunc(s.Fields, func(f model.Field) bool { return f.Name == name })
	return s.Fields[i]
}

// pathOf returns how a field is reached: "Details.Customer".
func pathOf(f model.Field) string {
	return strings.Join(append(slices.Clone(f.Via), f.Name), ".")
}

// subject returns a name in Go as one says it.
func subject(identifier string) string {
	return strings.Join(name.Words(identifier, english.English{}), " ")
}
