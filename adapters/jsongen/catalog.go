package jsongen

import (
	"cmp"
	"slices"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// catalog has every type of a project that is encoded as JSON.
type catalog struct {
	declared []model.Name
	structs  []*model.Struct // in the order of declared
	enums    []*model.Type   // likewise
	shapes   []*model.Type   // types without a name in Go, in the order of keys
	filters  []*model.Struct // which are no JSON, but whose fields are named in errors
	patches  map[*model.Struct]bool

	whole  map[string]*model.Type // by key: types that are read and written by themselves
	bodies map[string]bool        // types that clients send
	named  map[string]bool        // structs whose fields are named in errors
	seen   map[string]bool
}

func newCatalog(p model.Project, services []route.Service) *catalog {
	c := &catalog{
		whole: map[string]*model.Type{}, bodies: map[string]bool{}, named: map[string]bool{}, seen: map[string]bool{},
		patches: route.Patches(services),
	}
	for _, s := range p.Services {
		c.entity(s.Entity)
	}
	for _, s := range services {
		c.service(s)
	}
	for _, e := range p.Events {
		c.addWhole(recordOf(e.Struct))
	}
	slices.SortFunc(c.declared, compareNames)
	slices.SortFunc(c.structs, func(a, b *model.Struct) int { return compareNames(a.Name, b.Name) })
	slices.SortFunc(c.enums, func(a, b *model.Type) int { return compareNames(*a.Name, *b.Name) })
	slices.SortFunc(c.shapes, func(a, b *model.Type) int { return cmp.Compare(keyOf(a), keyOf(b)) })
	return c
}

func compareNames(a, b model.Name) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Name, b.Name))
}

func recordOf(s *model.Struct) *model.Type {
	return &model.Type{Kind: model.Record, Name: &s.Name, Struct: s}
}

// entity adds an entity, and the fields that stores keep as JSON.
func (c *catalog) entity(s *model.Struct) {
	c.addWhole(recordOf(s))
	c.name(recordOf(s))
	c.stored(s.Fields)
}

// stored adds those of the fields that are kept as JSON, also of what has a table of its own.
func (c *catalog) stored(fields []model.Field) {
	for _, f := range fields {
		if f.Table != "" {
			c.stored(f.Type.Elem.Struct.Fields)
			continue
		}
		if t := f.Type.Value(); t.Kind == model.Slice || t.Kind == model.Map || t.Kind == model.Record {
			c.addWhole(t)
		}
	}
}

func (c *catalog) service(s route.Service) {
	for _, r := range s.Routes {
		for _, p := range r.Params {
			switch p.Source {
			case route.Filter:
				c.filter(p.Type.Struct)
			case route.Stream: // which is no JSON
			default:
				c.add(p.Type)
			}
		}
		if r.Lines != nil {
			c.addWhole(r.Lines)
		}
		if r.Result != nil {
			c.addWhole(r.Result)
		}
		if r.Body != nil {
			c.add(r.Body)
			c.name(r.Body)
			c.bodies[keyOf(r.Body)] = true
		}
	}
}

// filter adds a filter.
func (c *catalog) filter(s *model.Struct) {
	if !slices.Contains(c.filters, s) {
		c.filters = append(c.filters, s)
		c.declared = append(c.declared, s.Name)
	}
}

// addWhole adds a type that is read and written by itself.
func (c *catalog) addWhole(t *model.Type) {
	c.add(t)
	c.whole[keyOf(t)] = t
}

// add adds a type and the types that it is made of.
func (c *catalog) add(t *model.Type) {
	if t == nil || c.seen[keyOf(t)] {
		return
	}
	c.seen[keyOf(t)] = true
	switch name := nameOf(t); {
	case t.Kind == model.Page || t.Kind == model.Events:
		return
	case name == nil:
		c.shapes = append(c.shapes, t)
	default:
		c.declared = append(c.declared, *name)
	}
	if t.Kind == model.Record {
		c.structs = append(c.structs, t.Struct)
		for _, f := range t.Struct.Fields {
			c.add(f.Type)
		}
	}
	if isEnum(t) {
		c.enums = append(c.enums, t)
	}
	c.add(t.Elem)
	c.add(t.Key)
}

func isEnum(t *model.Type) bool { return t.Kind == model.String && t.Name != nil && len(t.Values) > 0 }

// name records that errors name the fields of the struct and of those within it.
func (c *catalog) name(t *model.Type) {
	s := structWithin(t)
	if s == nil || c.named[declaredKey(s.Name)] {
		return
	}
	c.named[declaredKey(s.Name)] = true
	for _, f := range s.Fields {
		c.name(f.Type)
	}
}

// structWithin returns the struct that the type is, or is a list, map or pointer of; nil
// if there is none.
func structWithin(t *model.Type) *model.Struct {
	for t != nil {
		if t.Kind == model.Record {
			return t.Struct
		}
		t = t.Elem
	}
	return nil
}
