// Package blueprint describes a whole project before there is any code.
package blueprint

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/name"
)

// Format is the version of the file format of blueprints and records.
const Format = 2

// Blueprint describes a project.
type Blueprint struct {
	Name     string // of the project, such as "shop"; also the prefix of its environment variables
	Module   string // its Go module, such as "example.com/shop"
	Services []Service
	// Adapters are those of each port, the default first. A port that the project does not
	// have has none.
	Adapters map[string][]string
	Own      []OwnPort // ports that are not in the catalogue
	Allowed  []finding.Allowance
}

// Prefix returns the prefix of the project's environment variables, such as "SHOP", without
// the _.
func (b Blueprint) Prefix() string {
	return strings.ToUpper(strings.ReplaceAll(b.Name, "-", "_"))
}

// Service is an entity with its use cases and its store.
type Service struct {
	Name   name.Name
	Fields []Field
}

// Field is a field of an entity.
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

// Bases are the supported base types.
var Bases = []string{"string", "text", "int", "int64", "float64", "bool", "time", "duration", "bytes", "uuid", "enum"}

// String returns the type as written in a blueprint: []string, text?, enum:draft,paid.
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
