package storegen

import (
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// suiteView is the template data for the suite of a store.
type suiteView struct {
	Name        string // of the port: "OrderStore"
	Entity      string // "order.Order"
	ID, Version string // paths of fields; Version is "" if it has none
	Sample      string // an expression for the key of the ith
	Key         string // the type of the key
	Keys        *keysView
	OwnKind     []ownView
	Fixed       []string // the paths of fields that cannot have just any value
	Values      []valuesView
	Always      []string // statements that fill the entity v, the ith
	Even        []string // statements for fields that only every other sample has
	Empty       []string // statements that make lists and maps empty
	Bound       []query.Kind
	Finds       []compareView
	Counts      []compareView
	Lists       []listView
	More        *moreView       // nil if no method needs querytest
	Filter      *filterTestView // nil if there is no Find with a filter
	Rules       *rulesView      // nil if nothing is unique
	Referring   *referringView  // nil if it refers to nothing
	Referred    bool            // others refer to it, or it to its own kind, and use its samples
	Opened      string          // the type of the store: "ports.OrderStore"
	Tenant      *tenantView     // nil if there are no tenants
	Samples     string          // the function that returns them
}

// keysView is the suite of keys that are not UUIDs.
type keysView struct {
	Suite string // "Texts"
	Field string // as errors name it: "Code"
	Type  string // of the keys that it sets: "string"
	Set   string // a statement that gives next another one
}

// keySuites are the suites of package keytest, and the types of their keys.
var keySuites = map[model.Kind]keysView{
	model.String: {Suite: "Texts", Type: "string"}, model.Int: {Suite: "Numbers", Type: "int64"},
}

// listView is a list whose elements have a table of their own.
type listView struct{ Name, Path, Type, Element, Sample string }

// compareView is a method that compares fields.
type compareView struct {
	Name   string
	Entity string
	Exists bool
	Args   string // those of the entity like: "like.Customer, "
	Match  string // whether v is what the entity like finds
	Align  []string
}

// suites returns the template data for the suites of stores.
func (e *emitter) suites(f *gofile.File, group []store) []suiteView {
	f.Std("testing")
	f.Own("kit")
	f.Own("kit/storetest")
	f.Own("ports")
	views := make([]suiteView, len(group))
	for i, s := range group {
		w := &suiteWriter{project: &e.project, file: f, store: s, variables: map[string]string{}}
		views[i] = w.view()
	}
	return views
}

// suiteWriter writes what is specific to the suite of a store.
type suiteWriter struct {
	store
	project   *model.Project
	file      *gofile.File
	values    []valuesView
	variables map[string]string // with values, by their type
}

func (w *suiteWriter) view() suiteView {
	key := w.Entity.Key()
	v := suiteView{
		Name: w.Keeps.Name, Entity: w.file.Qualified(w.Entity.Name, w.Entity.Name.Name),
		ID: pathOf(key), Version: versionOf(w.Entity), Key: w.file.Type(key.Type), Sample: w.sampleKey(key),
	}
	if keys, ok := keySuites[key.Type.Kind]; ok {
		w.file.Own("kit/keytest")
		keys.Field = key.Name
		keys.Set = "next." + v.ID + " = " + w.named(key.Type, "key")
		v.Keys = &keys
	}
	for _, f := range w.Entity.Fields {
		if f.Type.Value().Kind != model.UUID && (w.Entity.IsKey(f) || w.referenceOf(f) != nil) {
			v.Fixed = append(v.Fixed, pathOf(f))
		}
		switch {
		case f.Name == w.Entity.Tenant:
			v.Fixed = append(v.Fixed, pathOf(f))
			v.Tenant = w.tenant(f)
			v.Always = append(v.Always, "v."+v.Tenant.Path+" = tenanttest.Tenant")
		case !w.Entity.IsKey(f) && f.Name != "Version":
			w.fill(&v, f)
		}
		if f.Table != "" {
			w.file.Own("kit/childrentest")
			v.Lists = append(v.Lists, listView{f.Name, pathOf(f), w.file.Type(f.Type), w.file.Type(f.Type.Elem), w.sample(f.Type.Elem, f.Column, "i")})
		}
	}
	v.Values = w.values
	for _, m := range w.Methods {
		switch {
		case m.Filter != nil:
			v.Filter = w.filter(m.Query)
			continue
		case !m.IsPlain():
			w.addMore(&v, m)
			continue
		}
		switch m.Kind {
		case query.Find:
			v.Finds = append(v.Finds, w.compare(m))
		case query.Count, query.Exists:
			v.Counts = append(v.Counts, w.compare(m))
		case query.Insert, query.Update, query.Delete:
			if m.Events {
				v.Bound = append(v.Bound, m.Kind)
			}
		default:
			v.Bound = append(v.Bound, m.Kind)
		}
	}
	w.addRules(&v)
	v.Samples = samplesOf(v.Name)
	w.addReferences(&v)
	if needs := slices.ContainsFunc(v.Bound, func(k query.Kind) bool { return k != query.Delete }); needs || len(v.Finds)+len(v.Counts) > 0 || v.More != nil || v.Filter != nil || v.Referring != nil || v.Tenant != nil {
		w.file.Std("context")
	}
	return v
}

// fill adds the statements that fill a field.
func (w *suiteWriter) fill(v *suiteView, f model.Field) {
	to := "v." + pathOf(f)
	set := to + " = " + w.sampleOf(f)
	switch f.Type.Kind {
	case model.Slice, model.Map, model.Bytes:
		v.Even = append(v.Even, set)
		v.Empty = append(v.Empty, to+" = "+w.file.Type(f.Type)+"{}")
	case model.Pointer:
		v.Even = append(v.Even, set)
	default:
		v.Always = append(v.Always, set)
	}
}

func (w *suiteWriter) compare(m method) compareView {
	v := compareView{Name: m.Name, Entity: w.file.Qualified(w.Entity.Name, w.Entity.Name.Name), Exists: m.Kind == query.Exists}
	var match []string
	for _, by := range m.By {
		path := pathOf(by.Field)
		like, there := "like."+path, "v."+path
		if by.Optional() {
			like = "storetest.Value(" + like + ")"
			match = append(match, there+" != nil")
			there = "*" + there
		}
		v.Args += like + ", "
		match = append(match, w.file.Std("reflect")+".DeepEqual("+there+", "+like+")")
		v.Align = append(v.Align, "next."+path+" = like."+path)
	}
	if w.findsOne(m.By) {
		v.Align = nil
	}
	v.Match = strings.Join(match, " && ")
	return v
}
