package gosource

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// referenceDirective is the directive above a field that has the key of another entity.
const referenceDirective = directive + "references"

// aboveAKey is where that directive belongs.
const aboveAKey = "put it into the comment above a field of a struct that a store in package ports keeps, " +
	"with the entity that the field has the key of, as in " + referenceDirective + " customer.Customer"

// reference adds that a field of an entity has the key of another, which is looked for when
// all entities are known.
func (m *mapper) reference(entity *model.Struct, c *ast.Comment, field string) {
	at := m.position(c.Pos())
	words := strings.Fields(strings.TrimPrefix(c.Text, referenceDirective))
	if len(words) != 1 {
		m.problems.Add(at, referenceDirective+" does not name one entity", "name it, as in "+referenceDirective+" customer.Customer")
		return
	}
	if slices.ContainsFunc(entity.References, func(r model.Reference) bool { return r.Field == field }) {
		m.problems.Add(at, field+" has two directives "+referenceDirective, "remove one of them")
		return
	}
	pkg, name, qualified := strings.Cut(words[0], ".")
	if !qualified {
		pkg, name = entity.Name.Package, pkg
	}
	entity.References = append(entity.References, model.Reference{Field: field, To: model.Name{Package: pkg, Name: name}, Pos: at})
}

// resolve finds the entities that others refer to.
func (m *mapper) resolve(services []model.Service) {
	for _, s := range services {
		for i := range s.Entity.References {
			m.refer(s.Entity, &s.Entity.References[i], services)
		}
	}
	p := &model.Project{Services: services}
	for _, s := range services {
		for _, r := range s.Entity.References {
			if r.To != s.Entity.Name && s.Entity.Requires(r) && mustReach(p, p.Keeping(r.To), s.Entity.Name, map[*model.Service]bool{}) {
				m.problems.Add(r.Pos, s.Entity.Name.Name+" refers to "+r.To.Package+"."+r.To.Name+", which refers back to it: neither could be inserted first",
					"make one of the fields optional, with a * before its type")
			}
		}
	}
}

// refer completes a reference of an entity, or reports why there can be none.
func (m *mapper) refer(entity *model.Struct, r *model.Reference, services []model.Service) {
	to := slices.IndexFunc(services, func(s model.Service) bool {
		return s.Entity.Name.Package == r.To.Package && s.Entity.Name.Name == r.To.Name
	})
	if to < 0 {
		m.problems.Add(r.Pos, "no store keeps the type "+r.To.Package+"."+r.To.Name, "write the package and the name of a struct that a store in package ports keeps")
		return
	}
	r.To = services[to].Entity.Name
	field, _ := entity.Named(r.Field)
	is, key := field.Type.Value(), services[to].Entity.Key().Type
	switch {
	case entity.IsKey(field) || r.Field == "Version":
		m.problems.Add(r.Pos, r.Field+" cannot refer to another entity", "declare a field of its own for the key of the other")
	case key != nil && (is.Kind != key.Kind || is.Name != nil && (key.Name == nil || *is.Name != *key.Name)):
		m.problems.Add(r.Pos, r.Field+" does not have the type of the key of "+r.To.Package+"."+r.To.Name,
			"give it the type of that one's "+services[to].Entity.Key().Name+", with a * before it if there may be none")
	case entity.Tenant == "" && services[to].Entity.Tenant != "":
		m.problems.Add(r.Pos, r.Field+" refers to what has a tenant, and "+entity.Name.Name+" has none", "give it one, with "+tenantDirective+" above a field")
	case r.To == entity.Name && entity.Requires(*r):
		m.problems.Add(r.Pos, r.Field+" refers to the same kind and is not optional: the first "+entity.Name.Name+" would have none to refer to",
			"make it optional, with a * before its type")
	}
}

// mustReach reports whether an entity that is kept leads to another by fields that are not optional.
func mustReach(p *model.Project, from *model.Service, to model.Name, seen map[*model.Service]bool) bool {
	if from == nil || seen[from] {
		return false
	}
	seen[from] = true
	return slices.ContainsFunc(from.Entity.References, func(r model.Reference) bool {
		return from.Entity.Requires(r) && (r.To == to || mustReach(p, p.Keeping(r.To), to, seen))
	})
}
