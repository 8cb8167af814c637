package jsongen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/query"
	"github.com/outgrowkit/outgrow/domain/route"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter is the derived package.
const adapter = "jsonwire"

// Emit derives the files of the package: one for the types of each domain package, one
// for types without a name, and one for events. The error is model.Problems if there are
// methods that cannot be served.
func Emit(p model.Project) ([]plan.File, error) {
	services, err := route.Of(p, english.English{})
	if err != nil {
		return nil, err
	}
	templates, err := template.New(adapter).Funcs(template.FuncMap{"comment": comment}).ParseFS(derived.Files, adapter+"/*.tmpl")
	if err != nil {
		return nil, err
	}
	c := newCatalog(p, services)
	e := &emitter{project: p, catalog: c, names: newNames(c), templates: templates}
	return e.files()
}

type emitter struct {
	project   model.Project
	catalog   *catalog
	names     *Names
	templates *template.Template
}

func (e *emitter) files() ([]plan.File, error) {
	stems := gofile.NewStems(e.project, "bodies", "events", "values")
	var files []plan.File
	for _, pkg := range e.packages() {
		stem := "bodies"
		if pkg != e.project.Module+"/adapters/"+adapter {
			stem = stems.Of(pkg)
		}
		f := e.file(stem)
		file, err := f.Render(e.templates, "types.go", e.types(f, pkg))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	f := e.file("values")
	if values := e.values(f); len(values) > 0 {
		file, err := f.Render(e.templates, "values.go", values)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	f = e.file("events")
	file, err := f.Render(e.templates, "events.go", e.events(f))
	return append(files, file), err
}

// file returns an empty file that may use the kit.
func (e *emitter) file(stem string) *gofile.File {
	f := gofile.New(e.project, adapter, stem+"_gen.go")
	f.Own("kit")
	f.Own("kit/jsoncodec")
	return f
}

// packages returns the packages that have types in the catalog.
func (e *emitter) packages() []string {
	var paths []string
	for _, s := range e.catalog.structs {
		paths = append(paths, s.Name.Path)
	}
	for _, s := range e.catalog.filters {
		paths = append(paths, s.Name.Path)
	}
	for _, t := range e.catalog.enums {
		paths = append(paths, t.Name.Path)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// byHand reports whether the function or type is declared by hand.
func (e *emitter) byHand(name string) bool { return e.project.Hand[adapter+"."+name] }

// typesView is the data of the template for the types of a package.
type typesView struct {
	Structs []structView
	Enums   []enumView
	Named   []structView
}

type structView struct {
	Name, Type, Subject, Doc      string
	Fields                        []fieldView
	Declare, Append, Decode, Read bool
	Patch                         bool   // members may be absent
	Required                      string // arguments: the names of required fields
	Make                          string // an expression that makes the value of what was read; "" if that is the value
}

type fieldView struct {
	Name, Selector string
	Target         string // what is read into: "v.Customer"
	Wire, Type     string
	Prefix         string // the JSON before the value
	Put, Take      string
	Within         string
}

type enumView struct{ Name, Type, Values string }

func (e *emitter) types(f *gofile.File, pkg string) typesView {
	var view typesView
	for _, s := range e.catalog.structs {
		if s.Name.Path == pkg {
			v := e.structOf(f, s)
			view.Structs = append(view.Structs, v)
			if e.catalog.named[declaredKey(s.Name)] && len(v.Fields) > 0 && !e.byHand("NamesOf"+v.Name) {
				view.Named = append(view.Named, v)
			}
		}
	}
	for _, s := range e.catalog.filters {
		if v := e.structOf(f, s); s.Name.Path == pkg && !e.byHand("NamesOf"+v.Name) {
			view.Named = append(view.Named, v)
		}
	}
	for _, t := range e.catalog.enums {
		if t.Name.Path == pkg {
			w := writer{f, e.names}
			view.Enums = append(view.Enums, enumView{Name: e.names.Of(t), Type: f.Type(t), Values: w.values(t)})
		}
	}
	return view
}

func (e *emitter) structOf(f *gofile.File, s *model.Struct) structView {
	t := recordOf(s)
	key := keyOf(t)
	v := structView{Name: e.names.Of(t), Type: f.Type(t), Subject: subject(s), Doc: s.Doc}
	v.Declare = s.Name.Package == adapter && !e.byHand(v.Name)
	v.Append = !e.byHand("Append" + v.Name)
	v.Patch = e.catalog.patches[s]
	if v.Patch {
		f.Std("bytes")
	}
	v.Decode = e.catalog.bodies[key] && !e.byHand("Decode"+v.Name)
	v.Read = e.catalog.whole[key] != nil && !e.byHand("Read"+v.Name)
	w := writer{f, e.names}
	if s.New != nil {
		v.Make = w.made(s.New, s.Name, passed(s))
	}
	var required []string
	for i, field := range s.Fields {
		fv := fieldView{
			Name: field.Name, Selector: field.Selector(), Target: target(s, field), Wire: field.Wire, Type: f.Type(field.Type),
			Prefix: prefix(i, field.Wire), Put: w.put(field.Type, "v."+field.Selector()), Take: w.take(field.Type),
		}
		if v.Patch {
			fv.Prefix, fv.Put, fv.Take = `"`+field.Wire+`":`, w.put(field.Type.Elem, "*v."+field.Selector()), "new("+w.take(field.Type.Elem)+")"
		}
		if within := structWithin(field.Type); within != nil && len(within.Fields) > 0 {
			fv.Within = strings.TrimPrefix(e.names.Fields(within), "NamesOf")
		}
		if isRequired(field.Type) {
			required = append(required, strconv.Quote(field.Wire))
		}
		v.Fields = append(v.Fields, fv)
	}
	v.Required = strings.Join(required, ", ")
	return v
}

// target returns what a field is read into: itself or, where a constructor takes it, what
// it has the name of.
func target(s *model.Struct, f model.Field) string {
	if s.New != nil {
		return "v." + f.Name
	}
	return "v." + f.Selector()
}

// passed returns what was read as the arguments of the constructor.
func passed(s *model.Struct) string {
	args := make([]string, len(s.Fields))
	for i, f := range s.Fields {
		args[i] = target(s, f)
	}
	return strings.Join(args, ", ")
}

// prefix returns the JSON before the value of the field at the index.
func prefix(i int, wire string) string {
	if i == 0 {
		return `{"` + wire + `":`
	}
	return `,"` + wire + `":`
}

// isRequired reports whether a value must be given: for pointers, lists, maps and bytes
// a missing value is nil.
func isRequired(t *model.Type) bool {
	switch t.Kind {
	case model.Pointer, model.Slice, model.Map, model.Bytes:
		return false
	default:
		return true
	}
}

// valueView is a type without a name that has functions of its own.
type valueView struct {
	Name, Type, Subject string
	Append, Read        bool
	Put, Taker          string
}

func (e *emitter) values(f *gofile.File) []valueView {
	var views []valueView
	w := writer{f, e.names}
	for key, t := range e.catalog.whole {
		if t.Kind == model.Record {
			continue // it is in the file of its package
		}
		v := valueView{Name: e.names.names[key], Type: f.Type(t), Subject: describe(t)}
		v.Append, v.Read = !e.byHand("Append"+v.Name), !e.byHand("Read"+v.Name)
		v.Put, v.Taker = w.put(t, "v"), w.taker(t)
		views = append(views, v)
	}
	slices.SortFunc(views, func(a, b valueView) int { return cmp.Compare(a.Name, b.Name) })
	return views
}

// eventView is an event, with the functions that write and read it.
type eventView struct{ Topic, Type, Append, Read string }

func (e *emitter) events(f *gofile.File) []eventView {
	views := make([]eventView, len(e.project.Events))
	for i, event := range e.project.Events {
		t := recordOf(event.Struct)
		views[i] = eventView{event.Topic, f.Type(t), e.names.Append(t), e.names.Read(t)}
	}
	if slices.ContainsFunc(e.project.Services, query.Cacheable) && len(e.project.Adapters["cache"]) > 0 {
		kit := f.Own("kit/cachedstore")
		views = append(views, eventView{"cachedstore.changed", kit + ".Changed", kit + ".AppendChanged", kit + ".ReadChanged"})
	}
	return views
}
