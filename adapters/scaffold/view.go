package scaffold

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

// serviceView is the data of the templates of a service.
type serviceView struct {
	Module  string
	Package string // the domain package: "order"
	Import  string // its import spec, with another name if needed
	Ref     string // the name under which it is imported

	Entity, Plural string // "Order", "Orders"
	Human, Humans  string // "order", "orders"
	A              string // the article of Human
	Kebab, Topic   string // "order-item", "order_item"
	Route          string // "order-items"

	Var      string // a variable of the entity
	Given    string // a parameter with its details
	Receiver string // the receiver of the use cases
	Whose    string // a variable of the tenant

	Details                   string // the struct of the fields that clients set
	Method                    string // the method that changes the entity
	Validate                  string // the method that reports what is wrong with the details
	Created, Updated, Deleted string // the events
	Subject                   string // the field of an event with the entity

	Tenant string // the field of the entity with its tenant; "" if there are no tenants
	Fields []field
	Enums  []enum
	Find   *finder // nil if no field is suitable
	Change *field  // the field that tests change; nil if there is none
	Break  *field  // the field whose rule tests break; nil if there is none
}

// finder is the field that entities are found by, as written in package ports.
type finder struct{ Go, Human, Param, Type string }

func newServiceView(module string, s blueprint.Service) serviceView {
	v := serviceView{
		Module: module, Package: s.Name.Package(), Ref: alias.Of(s.Name.Package()),
		Entity: s.Name.Pascal(), Plural: s.Name.Plural().Pascal(),
		Human: human(s.Name), Humans: human(s.Name.Plural()), A: english.Article(human(s.Name)),
		Kebab: s.Name.Kebab(), Topic: s.Name.Snake(), Route: s.Name.Plural().Kebab(),
	}
	v.Import = strconv.Quote(module + "/domain/" + v.Package)
	if v.Ref != v.Package {
		v.Import = v.Ref + " " + v.Import
	}
	v.nameVariables()
	names := newScope(v.Entity)
	v.nameTypes(s, names)
	if f, ok := s.Tenant(); ok {
		v.Tenant = f.Name.Pascal()
	}
	for _, f := range s.Details() {
		v.addField(f, names)
	}
	v.Find = v.finder(s.Details())
	v.Change = v.first(func(f field) bool { return f.Other != "" })
	v.Break = v.first(func(f field) bool { return f.Broken != "" })
	return v
}

// nameVariables chooses distinct one-letter names for three variables in one function: an
// order, its details, and the use cases.
func (v *serviceView) nameVariables() {
	v.Var, v.Given, v.Receiver, v.Whose = v.Package[:1], "d", "u", "tenant"
	if v.Ref == v.Whose {
		v.Whose = "whose"
	}
	switch v.Var {
	case "d":
		v.Given = "details"
	case "u":
		v.Receiver = "s"
	}
}

// nameTypes names the declarations of the domain package besides the entity and enums. A
// name in the entity itself must not be in its details as well, because one would hide
// the other.
func (v *serviceView) nameTypes(s blueprint.Service, names *scope) {
	details := "Details"
	for details == v.Entity || hasField(s, details) {
		details = v.Entity + details
	}
	v.Details = names.take(details)
	v.Method, v.Validate = "Change", "Validate"
	for hasField(s, v.Method) {
		v.Method += "Details"
	}
	for hasField(s, v.Validate) {
		v.Validate += "Details"
	}
	v.Created, v.Updated, v.Deleted = names.take("Created"), names.take("Updated"), names.take("Deleted")
	v.Subject = v.Entity
	if v.Entity == "Topic" || v.Entity == "Key" { // an event has methods of these names
		v.Subject = "Subject"
	}
}

func hasField(s blueprint.Service, goName string) bool {
	return slices.ContainsFunc(s.Fields, func(f blueprint.Field) bool { return f.Name.Pascal() == goName })
}

// findable are the types that entities can be found by, the best first.
var findable = [][]string{{"string"}, {"uuid", "enum", "int", "int64"}}

// finder returns the first required field of the best available type.
func (v *serviceView) finder(fields []blueprint.Field) *finder {
	for _, bases := range findable {
		for i, f := range fields {
			if v.Fields[i].plain && slices.Contains(bases, f.Type.Base) {
				return &finder{
					Go: v.Fields[i].Go, Human: v.Fields[i].Human, Type: v.Fields[i].outsideType, Param: v.parameter(f.Name),
				}
			}
		}
	}
	return nil
}

// parameter returns the name of a parameter in package ports that shadows nothing there.
func (v *serviceView) parameter(n name.Name) string {
	p := n.Camel()
	taken := []string{"ctx", "page", "context", "kit", v.Ref}
	if token.IsKeyword(p) || types.Universe.Lookup(p) != nil || slices.Contains(taken, p) {
		return "value"
	}
	return p
}

// first returns the first suitable field, or nil.
func (v *serviceView) first(suits func(field) bool) *field {
	if i := slices.IndexFunc(v.Fields, suits); i >= 0 {
		return &v.Fields[i]
	}
	return nil
}

// Uses reports whether the sample values of the fields, or the values that break their
// rules, use the package.
func (v serviceView) Uses(pkg string) bool {
	return slices.ContainsFunc(v.Fields, func(f field) bool { return strings.Contains(f.Sample+f.Other+f.Broken, pkg+".") })
}
