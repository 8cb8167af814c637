package gosource

import (
	"go/ast"

	"github.com/outgrowkit/outgrow/domain/model"
)

// tenantDirective is the directive above the field that says of which tenant an entity is.
const tenantDirective = directive + "tenant"

// aboveATenant is where that directive belongs.
const aboveATenant = "put it into the comment above a text of a struct that a store in package ports keeps, such as Tenant string"

// tenant has a store keep the entities of each tenant apart, or reports why it cannot.
func (m *mapper) tenant(entity *model.Struct, c *ast.Comment, field string) {
	at := m.position(c.Pos())
	f, _ := entity.Named(field)
	switch {
	case c.Text != tenantDirective:
		m.problems.Add(at, tenantDirective+" takes nothing", "remove what follows it")
	case entity.Tenant != "":
		m.problems.Add(at, entity.Name.Name+" has two fields that say of which tenant it is", "remove one of the directives")
	case entity.IsKey(f) || f.Type.Kind != model.String || len(f.Type.Values) > 0:
		m.problems.Add(at, field+" cannot say of which tenant "+entity.Name.Name+" is: it is not a string, or it is the key", "declare a field of its own for it, as in Tenant string")
	default:
		entity.Tenant = field
	}
}
