package storegen

import (
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/query"
)

// storeView is the template data for a store in an adapter.
type storeView struct {
	Name      string // of the port: "OrderStore"
	Entity    string // its type: "order.Order"
	Subject   string // "order"
	Kit       string // the package of the kit: "sqlitestore"
	Table     string
	ID        string // the path of the field: "ID"
	Key       string // its type: "kit.UUID"
	Version   string // "" if it has none
	KeyField  string // what errors name the field of the key; "" if it is ID
	Promoted  string // a sentence about the port's methods that the table has; "" if there are none
	Methods   []methodView
	Declared  bool     // by hand
	Built     bool     // by hand
	Clone     []string // statements that make v a copy of its own
	Unique    []uniqueView
	Referring []referenceView // fields by which its entities refer to others
	Referred  []referrerView  // what refers to its entities

	ColumnsName string // of the constant: "orderStoreColumns"
	ColumnNames string
	Columns     []string        // expressions for the columns of v
	Tables      []tableView     // those of lists in the entity
	KeyColumn   string          // as written in SQL; "" if it is "id"
	Around      string          // what a selection of entities is between, to select their elements as well
	Statements  []statementView // those of the table
	Prepared    []methodView    // methods with a statement of their own
	Paged       []methodView    // methods with two: of the first page, and of those after it
	Releases    bool            // entities are removed in two steps
	First       string          // the statement that tells which constraint an entity breaks first; "" if there are none
	FirstName   string          // of the constant with it: "orderStoreFirst"
	FirstArgs   []string        // expressions for pointers to its parameters
	Numbered    []methodView    // methods that return numbers for fields of new entities

	Tenant       string // the path of the field with the tenant; "" if there are none
	TenantValue  string // an expression for it as a string: "v.Tenant"
	TenantColumn string // as written in SQL
}

// statementView is a statement of a table.
type statementView struct{ Name, SQL string }

// methodView is the template data for a method of a store in an adapter.
type methodView struct {
	Kind      query.Kind
	Name      string
	Doc       []string
	Statement string // the field that holds its statement: "findByCustomer"
	SQL       []string
	Params    string // by which it finds: ", customer string"
	Args      string // their names
	Match     string // an expression for whether v is found
	Order     string // expressions for how a and b compare, and whether the order is reversed; "" if there is none
	Sum       string // an expression for what v adds
	Per, Key  string // the type by whose values there is a number, and an expression for that of v
	PerColumn string // an expression for its column
	Next      string // the type of the number that it returns
	Last      string // the field that holds the last of them in memory: "lastNumber"
	Events    string // the parameter with the events of the change, and what to pass on: "", ", events..."
	Filter    *filterView
}

// views returns the template data for the stores in the adapter, and imports everything
// that the template uses into the file.
func (e *emitter) views(adapter string, f *gofile.File, group []store) []storeView {
	views := make([]storeView, len(group))
	for i, s := range group {
		w := &writer{emitter: e, file: f, adapter: adapter, dialect: dialectOf(adapter), store: s}
		views[i] = w.view()
	}
	return views
}

// writer writes what is specific to a store in Go and SQL.
type writer struct {
	*emitter
	store
	file    *gofile.File
	adapter string
	dialect *dialect // nil in memory
}

func (w *writer) view() storeView {
	w.file.Own("kit")
	v := storeView{
		Name: w.Keeps.Name, Entity: w.file.Qualified(w.Entity.Name, w.Entity.Name.Name), Subject: w.Subject, Table: w.Table,
		Kit: w.kit(),
		ID:  pathOf(w.Entity.Key()), Key: w.file.Type(w.Entity.Key().Type), Version: versionOf(w.Entity),
		Declared: w.project.Hand[w.adapter+"."+w.Keeps.Name], Built: w.project.Hand[w.adapter+".New"+w.Keeps.Name],
	}
	if name := w.Entity.Key().Name; name != "ID" {
		v.KeyField = name
	}
	var promoted []string
	for _, m := range w.Methods {
		switch {
		case w.project.Hand[w.adapter+"."+w.Keeps.Name+"."+m.Name]:
		case m.isOfTable():
			promoted = append(promoted, m.Name)
		default:
			w.file.Std("context")
			v.Methods = append(v.Methods, w.method(m))
			if m.Kind == query.Next {
				v.Numbered = append(v.Numbered, v.Methods[len(v.Methods)-1])
			}
		}
	}
	v.Promoted = methodsSentence(promoted)
	if tenant, ok := w.Entity.OfTenant(); ok {
		v.Tenant, v.TenantColumn = pathOf(tenant), strconv.Quote(tenant.Column)
		v.TenantValue = plain(tenant.Type, "v."+v.Tenant)
	}
	v.Unique, v.Referring, v.Referred = w.unique(), w.references(), w.referrers()
	if w.dialect == nil {
		v.Clone = w.cloneFields("v", w.Entity.Fields)
	} else {
		w.addSQL(&v)
	}
	return v
}

// key returns the column of the key as written in SQL.
func (w *writer) key() string { return strconv.Quote(w.Entity.Key().Column) }

// keyColumns returns all columns of the key as written in SQL.
func (w *writer) keyColumns() string {
	var columns []string
	for _, f := range w.Entity.Keys() {
		columns = append(columns, strconv.Quote(f.Column))
	}
	return strings.Join(columns, ", ")
}

// kit returns the name of the adapter's package in the kit.
func (w *writer) kit() string { return w.file.Own("kit/" + w.adapter + "store") }

// addSQL adds what a database needs.
func (w *writer) addSQL(v *storeView) {
	w.file.Std("context")
	v.ColumnsName, v.ColumnNames, v.Releases = w.allColumns(), w.columnNames(), w.releases()
	for _, f := range w.columns() {
		v.Columns = append(v.Columns, w.columnOrChildren(f))
	}
	v.Tables = w.tables()
	w.addFirst(v)
	if v.KeyColumn = w.key(); v.KeyColumn == `"id"` {
		v.KeyColumn = ""
	}
	if before, after := w.around(); len(v.Tables) > 0 {
		v.Around = literal(before) + ", " + literal(after)
	}
	for _, kind := range []query.Kind{query.Insert, query.Get, query.Update, query.Delete, query.List} {
		v.Statements = append(v.Statements, statementView{string(kind), w.sql(kind, nil)})
		if kind == query.Insert && w.batches() {
			v.Statements = append(v.Statements, statementView{"InsertMany", w.insertMany()})
		}
	}
	for _, m := range v.Methods {
		switch len(m.SQL) {
		case 1:
			v.Prepared = append(v.Prepared, m)
		case 2:
			v.Paged = append(v.Paged, m)
		}
	}
}

// methodsSentence begins a sentence on methods: "Its methods Get and List are those".
func methodsSentence(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return "Its method " + names[0] + " is that"
	default:
		return "Its methods " + strings.Join(names[:n-1], ", ") + " and " + names[n-1] + " are those"
	}
}

// columns returns the fields of the entity, with the key first.
func (w *writer) columns() []model.Field {
	fields := []model.Field{w.Entity.Key()}
	for _, f := range w.Entity.Fields {
		if !w.Entity.IsKey(f) {
			fields = append(fields, f)
		}
	}
	return fields
}

func (w *writer) method(m method) methodView {
	v := methodView{
		Kind: m.Kind, Name: m.Name, Doc: docOf(m.Method, w.Keeps.Name),
		Statement: strings.ToLower(m.Name[:1]) + m.Name[1:],
	}
	if w.dialect != nil {
		v.SQL = w.statements(m)
	} else if m.Order != nil || m.Kind == query.First {
		v.Order = w.order(m.Order)
	}
	types := make([]string, len(m.Params))
	for i, p := range m.Params {
		types[i] = w.file.Type(p.Type) // all imports first, so that parameters do not shadow them
	}
	if m.Sum.Name != "" {
		v.Sum = "int64(v." + pathOf(m.Sum) + ")"
	}
	if m.Kind == query.Per {
		v.Per, v.Key, v.PerColumn = w.file.Type(m.Per.Type), "v."+pathOf(m.Per), w.column(m.Per.Type, "per")
	}
	if m.Kind == query.Next {
		v.Next, v.Last = w.file.Type(m.Next.Type), "last"+m.Next.Name
	}
	if m.Kind == query.All {
		w.file.Std("iter")
		w.file.Own("kit/paged")
	}
	if m.Events {
		v.Events = w.file.Own("kit") + ".Event"
	}
	if m.Filter != nil {
		w.addFilter(&v, m.Query)
		return v
	}
	var params [][]string
	var args []string
	at := 0
	for _, by := range m.By {
		names := []string{w.param(by.Param.Name)}
		if by.Operator == query.Between {
			names = append(names, w.param(by.To.Name))
		}
		for _, name := range names {
			v.Params += ", " + name + " " + types[at]
			if by.Operator == query.In && w.dialect != nil {
				name = w.kit() + ".In(" + name + ")"
			}
			args = append(args, name)
			at++
		}
		params = append(params, names)
	}
	v.Args = strings.Join(args, ", ")
	if w.dialect == nil {
		v.Match = matchAll(w.file, m.By, params, w.match)
	}
	return v
}

// param returns a name for a parameter that shadows nothing.
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

// versionOf returns the selector of the field that counts changes, or "".
func versionOf(s *model.Struct) string {
	f, ok := s.Version()
	if !ok {
		return ""
	}
	return pathOf(f)
}

// pathOf returns the selector of a field: "Details.Customer".
func pathOf(f model.Field) string {
	return strings.Join(append(slices.Clone(f.Via), f.Name), ".")
}

// subject returns a Go name in plain English.
func subject(identifier string) string {
	return strings.Join(name.Words(identifier, english.English{}), " ")
}
