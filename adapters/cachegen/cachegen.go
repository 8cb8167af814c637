// Package cachegen derives the package adapters/cached of a project that has a cache: stores
// that are read through it.
package cachegen

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"text/template"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/domain/query"
	"github.com/outgrowkit/outgrow/templates/derived"
)

// adapter is the derived package.
const adapter = "cached"

// Emit derives a file for each package of entities whose stores can be read through a cache.
// The error is model.Problems for methods that would leave in the cache what has changed.
func Emit(p model.Project) ([]plan.File, error) {
	if len(p.Adapters["cache"]) == 0 {
		return nil, nil
	}
	templates, err := template.ParseFS(derived.Files, adapter+"/*.tmpl")
	if err != nil {
		return nil, err
	}
	e := &emitter{project: p, names: jsongen.NewNames(p)}
	stems := gofile.NewStems(p)
	var files []plan.File
	for _, group := range byPackage(p.Services) {
		e.file = gofile.New(p, adapter, stems.Of(group[0].Entity.Name.Path)+"_gen.go")
		views := e.views(group)
		if len(e.problems) > 0 {
			continue
		}
		file, err := e.file.Render(templates, "cached.go.tmpl", views)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	return files, e.problems.Err()
}

// byPackage groups those of the services that can be read through a cache by the package
// of their entity.
func byPackage(services []model.Service) [][]model.Service {
	at := map[string]int{}
	var groups [][]model.Service
	for _, s := range services {
		if !query.Cacheable(s) {
			continue
		}
		i, known := at[s.Entity.Name.Path]
		if !known {
			i, at[s.Entity.Name.Path] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], s)
	}
	return groups
}

type emitter struct {
	project  model.Project
	names    *jsongen.Names
	file     *gofile.File
	problems model.Problems
}

// storeView is the template data for a store.
type storeView struct {
	Name            string // of the port: "OrderStore"
	Entity          string // its type: "order.Order"
	Key             string // the type of its key: "kit.UUID"
	Table           string
	Shape           uint64
	Append, Read    string // functions of jsonwire
	Reads           string // "Get and FindByCustomer"
	Declared, Built bool   // by hand
	Methods         []methodView
}

// methodView is the template data for a method.
type methodView struct {
	query.Query
	Name   string
	Doc    []string
	Params string // ", customer string", or "v order.Order" for a change
	Args   string // their names
	ID     string // of what changes: "v.ID"
}

func (e *emitter) views(group []model.Service) []storeView {
	f := e.file
	for _, std := range []string{"context", "time"} {
		f.Std(std)
	}
	for _, own := range []string{"kit", "kit/cachedstore", "ports", "adapters/jsonwire"} {
		f.Own(own)
	}
	views := make([]storeView, len(group))
	for i, s := range group {
		views[i] = e.view(s)
	}
	return views
}

func (e *emitter) view(s model.Service) storeView {
	whole := &model.Type{Kind: model.Record, Name: &s.Entity.Name, Struct: s.Entity}
	v := storeView{
		Name: s.Keeps.Name, Entity: e.file.Type(whole), Table: s.Table, Shape: shape(s.Entity),
		Key:    e.file.Type(s.Entity.Key().Type),
		Append: e.names.Append(whole), Read: e.names.Read(whole),
		Declared: e.byHand(s.Keeps.Name), Built: e.byHand("New" + s.Keeps.Name),
	}
	var reads []string
	for _, m := range s.Keeps.Methods {
		q, _ := query.Of(m, s.Entity, new(model.Problems))
		switch q.Kind {
		case query.Get, query.Find:
			reads = append(reads, m.Name)
		case query.Insert, query.Update, query.Delete, query.Upsert, query.InsertMany:
		case query.Remove:
			e.refuse(s.Keeps.Name, m)
			continue
		default: // the store's own, which reads
			continue
		}
		if !e.byHand(s.Keeps.Name + "." + m.Name) {
			v.Methods = append(v.Methods, e.method(s, m, q))
		}
	}
	v.Reads = strings.Join(reads, ", ")
	if last := len(reads) - 1; last > 0 {
		v.Reads = strings.Join(reads[:last], ", ") + " and " + reads[last]
	}
	return v
}

// refuse reports a method that changes what nobody names, unless it is written by hand.
func (e *emitter) refuse(store string, m model.Method) {
	if !e.byHand(store + "." + m.Name) {
		e.problems.Add(m.Pos, m.Name+" changes several entities, of which the cache in front of the store is not told",
			"write func (s *"+store+") "+m.Name+" in adapters/cached, which may change them one by one")
	}
}

func (e *emitter) byHand(name string) bool { return e.project.Hand[adapter+"."+name] }

func (e *emitter) method(s model.Service, m model.Method, q query.Query) methodView {
	v := methodView{Query: q, Name: m.Name, Doc: []string{m.Name + " does what ports." + s.Keeps.Name + " promises."}}
	if m.Doc != "" {
		v.Doc = strings.Split(m.Doc, "\n")
	}
	key := s.Entity.Key()
	switch q.Kind {
	case query.InsertMany:
		v.Params, v.Args, v.ID = "vs "+e.file.Type(m.Params[0].Type), "vs", "v."+selectorOf(key)
	case query.Insert, query.Update, query.Upsert:
		v.Params, v.Args, v.ID = "v "+e.file.Type(m.Params[0].Type), "v", "v."+selectorOf(key)
	case query.Delete:
		v.Params, v.Args, v.ID = "id "+e.file.Type(key.Type), "id", "id"
	}
	var args []string
	for _, by := range q.By {
		for _, p := range []model.Param{by.Param, by.To} {
			if p.Type != nil {
				v.Params += ", " + e.param(p.Name) + " " + e.file.Type(p.Type)
				args = append(args, e.param(p.Name))
			}
		}
	}
	if len(args) > 0 {
		v.Args = strings.Join(args, ", ")
	}
	return v
}

// param returns a name for a parameter that shadows nothing.
func (e *emitter) param(name string) string {
	if alias.Reserved(name) || e.file.Imported(name) || e.byHand(name) {
		return name + "Value"
	}
	return name
}

// selectorOf returns the selector of a field: "Details.Customer".
func selectorOf(f model.Field) string { return strings.Join(append(slices.Clone(f.Via), f.Name), ".") }

// shape returns a hash of what an entity consists of: the names and the types of its
// fields, and of those within it.
func shape(entity *model.Struct) uint64 {
	sum := fnv.New64a()
	for _, s := range entity.Within() {
		_, _ = fmt.Fprintln(sum, s.Name.Path, s.Name.Name)
		for _, f := range s.Fields {
			_, _ = fmt.Fprintln(sum, f.Wire, typeText(f.Type))
		}
	}
	return sum.Sum64()
}

// typeText describes a type, but not what a struct consists of.
func typeText(t *model.Type) string {
	if t == nil {
		return ""
	}
	text := fmt.Sprint(t.Kind, t.Bits, t.Values)
	if t.Struct != nil {
		text += t.Struct.Name.Path + "." + t.Struct.Name.Name
	}
	return text + "(" + typeText(t.Key) + "," + typeText(t.Elem) + ")"
}
