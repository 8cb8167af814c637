// Package blueprint is the description of a whole project: what it is made of,
// before there is any code.
package blueprint

import "github.com/outgrowkit/outgrow/domain/name"

// Format is the version of the form of blueprints and records.
const Format = 2

// Blueprint describes a project.
type Blueprint struct {
	Name     string // of the project, such as "shop"; its variables begin with it
	Module   string // its Go module, such as "example.com/shop"
	Services []Service
	Stores   []string // adapters of the store, the default first
	Buses    []string // adapters of the bus, the default first
}

// Service is an entity, what is offered to do with it, and how it is kept.
type Service struct {
	Name   name.Name
	Fields []Field
}

// Field is what one decides about an entity.
type Field struct {
	Name name.Name
	Type Type
}

// Type is the type of a field.
type Type struct {
	Base     string   // one of Bases
	Values   []string // of an enum
	List     bool
	Optional bool
}

// Bases are the types that there are.
var Bases = []string{"string", "text", "int", "int64", "float64", "bool", "time", "duration", "bytes", "uuid", "enum"}

// String returns the type as it is written in a blueprint: []string, text?,
// enum:draft,paid.
func (t Type) String() string {
	s := t.Base
	for i, v := range t.Values {
		if i == 0 {
			s += ":" + v
		} else {
			s += "," + v
		}
	}
	if t.List {
		s = "[]" + s
	}
	if t.Optional {
		s += "?"
	}
	return s
}
