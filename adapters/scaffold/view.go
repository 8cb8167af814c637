package scaffold

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/name"
)

// view is what the templates of a service speak of.
type view struct {
	Module  string
	Package string // the domain package, such as "order"
	Import  string // its import, under another name where it needs one
	Ref     string // the name it is imported under

	Entity, Plural      string // "Order", "Orders"
	A, Human, Humans    string // "an", "order", "orders"
	Camel, Kebab, Topic string // "orderItem", "order-item", "order_item"
	Var                 string // a variable of the entity
	Details             string // the struct of what one decides
	Created, Updated    string // events
	Deleted             string
	Subject             string // the field of an event that holds the entity
	Fields              []field
	Enums               []enum
	Find                *field // the field to find by; nil where none suits
	Broken              []broken
	NeedsPtr            bool
	SampleTime          bool // a required field's sample needs package time
}

// field is a field of the details.
type field struct {
	Go     string
	Type   string // in the domain package; qualified where it is for Find
	Human  string
	Param  string
	Check  string // statements that check it; "" for none
	Sample string

	Required      bool
	SampleOutside string // Sample, as it is written in another package
}

// enum is a type that a field of kind enum declares.
type enum struct {
	Type   string
	Values []value
}

type value struct{ Const, Text string }

// broken is a way to break a rule.
type broken struct{ Name, Go, Value string }

func newView(b blueprint.Blueprint, s blueprint.Service) view {
	pkg := s.Name.Package()
	v := view{
		Module: b.Module, Package: pkg, Ref: alias.Of(pkg),
		Entity: s.Name.Pascal(), Plural: s.Name.Plural().Pascal(),
		Human: s.Name.Human(), Humans: s.Name.Plural().Human(), A: article(s.Name.Human()),
		Camel: s.Name.Camel(), Kebab: s.Name.Kebab(), Topic: s.Name.Snake(), Var: variable(pkg),
	}
	v.Import = fmt.Sprintf("%q", b.Module+"/domain/"+pkg)
	if v.Ref != pkg {
		v.Import = v.Ref + " " + v.Import
	}
	names := newScope(v.Entity)
	v.Details = names.take("Details", hasField(s, "Details"))
	names.take("New", false)
	v.Created, v.Updated, v.Deleted = names.take("Created", false), names.take("Updated", false), names.take("Deleted", false)
	v.Subject = v.Entity
	if v.Subject == "Topic" || v.Subject == "Key" { // an event has methods of these names
		v.Subject = "Subject"
	}
	for _, f := range s.Fields {
		v.add(f, names)
	}
	v.Find = v.finding(s)
	return v
}

// add adds a field and what it declares.
func (v *view) add(f blueprint.Field, names *scope) {
	out := field{Go: f.Name.Pascal(), Human: f.Name.Human()}
	out.Type = v.typeOf(f, names)
	out.Check = check(f, out)
	out.Sample = sample(f, out, v)
	out.Required, out.SampleOutside = !f.Type.Optional, out.Sample
	if f.Type.Base == "enum" {
		out.SampleOutside = v.Ref + "." + out.Sample
	}
	v.SampleTime = v.SampleTime || out.Required && strings.Contains(out.Sample, "time.")
	v.Fields = append(v.Fields, out)
	if b, ok := spoiled(f, out); ok {
		v.Broken = append(v.Broken, b)
	}
}

// typeOf returns the field's type in the domain package.
func (v *view) typeOf(f blueprint.Field, names *scope) string {
	t := f.Type
	goType := map[string]string{
		"text": "string", "time": "time.Time", "duration": "time.Duration", "bytes": "[]byte", "uuid": "domain.UUID",
	}[t.Base]
	switch {
	case t.Base == "enum":
		goType = v.declareEnum(f, names)
	case goType == "":
		goType = t.Base
	}
	if t.List {
		return "[]" + goType
	}
	if t.Optional && t.Base != "bytes" {
		return "*" + goType
	}
	return goType
}

func (v *view) declareEnum(f blueprint.Field, names *scope) string {
	e := enum{Type: names.take(f.Name.Pascal(), false)}
	for _, text := range f.Type.Values {
		words := strings.FieldsFunc(text, func(r rune) bool { return r == '_' || r == '-' })
		constant := e.Type
		for _, w := range words {
			constant += strings.ToUpper(w[:1]) + w[1:]
		}
		e.Values = append(e.Values, value{Const: names.take(constant, false), Text: text})
	}
	v.Enums = append(v.Enums, e)
	return e.Type
}

// finding returns the field that one finds by: the first string, otherwise the
// first identifier, enum or whole number, as it is written in package ports.
func (v *view) finding(s blueprint.Service) *field {
	for _, bases := range []string{"string", "uuid enum int int64"} {
		for i, f := range s.Fields {
			if f.Type.List || f.Type.Optional || !strings.Contains(" "+bases+" ", " "+f.Type.Base+" ") {
				continue
			}
			found := v.Fields[i]
			if f.Type.Base == "enum" {
				found.Type = v.Ref + "." + found.Type
			}
			found.Param = parameter(f.Name)
			return &found
		}
	}
	return nil
}

// parameter returns a name for a parameter that hides nothing.
func parameter(n name.Name) string {
	p := n.Camel()
	if alias.Reserved(p) {
		return "value"
	}
	return p
}

// variable returns a name for a variable of the entity: the first letter, where
// the templates use it for nothing else.
func variable(pkg string) string {
	if first := pkg[:1]; !strings.Contains("duvset", first) {
		return first
	}
	return "it"
}

func article(human string) string {
	if strings.ContainsRune("aeiou", rune(human[0])) {
		return "an"
	}
	return "a"
}

func hasField(s blueprint.Service, pascal string) bool {
	for _, f := range s.Fields {
		if f.Name.Pascal() == pascal {
			return true
		}
	}
	return false
}

// scope gives out the names of a package, each once.
type scope struct {
	entity string
	taken  map[string]bool
}

func newScope(entity string) *scope {
	return &scope{entity: entity, taken: map[string]bool{entity: true}}
}

// take returns the name if it is free, otherwise with the entity's before it, as
// often as it takes.
func (s *scope) take(wanted string, avoid bool) string {
	for avoid || s.taken[wanted] {
		wanted, avoid = s.entity+wanted, false
	}
	s.taken[wanted] = true
	return wanted
}
