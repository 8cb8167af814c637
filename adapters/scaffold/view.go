package scaffold

import (
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

// serviceView is what the templates of a service speak of.
type serviceView struct {
	Module  string
	Package string // the domain package: "order"
	Import  string // its import, under another name where it needs one
	Ref     string // the name that it is imported under

	Entity, Plural string // "Order", "Orders"
	Human, Humans  string // "order", "orders"
	A              string // the article of Human
	Kebab, Topic   string // "order-item", "order_item"
	Route          string // "order-items"

	Var      string // a variable of the entity
	Given    string // a parameter of its details
	Receiver string // the use cases

	Details                   string // the struct of what one decides
	Method                    string // the method that changes the entity
	Created, Updated, Deleted string // the events
	Subject                   string // the field of an event that holds the entity

	Fields []field
	Enums  []enum
	Find   *finder // nil where no field suits
	Change *field  // the field that tests change; nil where none can be
	Break  *field  // the field that tests break the rule of; nil where none has one
}

// finder is the field that one finds by, as package ports writes it.
type finder struct{ Go, Human, Param, Type string }

func newServiceView(module string, s blueprint.Service) serviceView {
	v := serviceView{
		Module: module, Package: s.Name.Package(), Ref: alias.Of(s.Name.Package()),
		Entity: s.Name.Pascal(), Plural: s.Name.Plural().Pascal(),
		Human: human(s.Name), Humans: human(s.Name.Plural()), A: article(human(s.Name)),
		Kebab: s.Name.Kebab(), Topic: s.Name.Snake(), Route: s.Name.Plural().Kebab(),
	}
	v.Import = strconv.Quote(module + "/domain/" + v.Package)
	if v.Ref != v.Package {
		v.Import = v.Ref + " " + v.Import
	}
	v.nameVariables()
	names := newScope(v.Entity)
	v.nameTypes(s, names)
	for _, f := range s.Fields {
		v.addField(f, names)
	}
	v.Find = v.finder(s.Fields)
	v.Change = v.first(func(f field) bool { return f.Other != "" })
	v.Break = v.first(func(f field) bool { return f.Broken != "" })
	return v
}

// nameVariables keeps apart three variables of one letter that meet in one
// function: an order, its details, and the use cases.
func (v *serviceView) nameVariables() {
	v.Var, v.Given, v.Receiver = v.Package[:1], "d", "u"
	switch v.Var {
	case "d":
		v.Given = "details"
	case "u":
		v.Receiver = "s"
	}
}

// nameTypes names what the domain package declares beside the entity and enums.
// What the entity has itself, it must not have from its details as well: one
// would hide the other.
func (v *serviceView) nameTypes(s blueprint.Service, names *scope) {
	details := "Details"
	for details == v.Entity || hasField(s, details) {
		details = v.Entity + details
	}
	v.Details = names.take(details)
	v.Method = "Change"
	for hasField(s, v.Method) {
		v.Method += "Details"
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

// findable are the types that one finds by, the best first.
var findable = [][]string{{"string"}, {"uuid", "enum", "int", "int64"}}

// finder returns the first required field of the best type there is.
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

// parameter returns the name of a parameter of package ports, which hides
// nothing there.
func (v *serviceView) parameter(n name.Name) string {
	p := n.Camel()
	taken := []string{"ctx", "page", "context", "kit", v.Ref}
	if token.IsKeyword(p) || types.Universe.Lookup(p) != nil || slices.Contains(taken, p) {
		return "value"
	}
	return p
}

// first returns the first field that suits; nil where none does.
func (v *serviceView) first(suits func(field) bool) *field {
	if i := slices.IndexFunc(v.Fields, suits); i >= 0 {
		return &v.Fields[i]
	}
	return nil
}

// Uses reports whether the fields' samples, or the values that break their
// rules, use the package.
func (v serviceView) Uses(pkg string) bool {
	return slices.ContainsFunc(v.Fields, func(f field) bool { return strings.Contains(f.Sample+f.Other+f.Broken, pkg+".") })
}
