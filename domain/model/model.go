// Package model is what was read from a project's plain Go: its services, the
// types that they speak of, and its events. Emitters write from it and from
// nothing else.
package model

import (
	"slices"
	"strings"
)

// Project is all that is derived from.
type Project struct {
	Name     string // such as "shop"
	Module   string
	Services []Service // in the order of their names
	Events   []Event   // in the order of their topics
	Stores   []string  // the store adapters that the project has, such as "sqlite"
	Buses    []string  // the bus adapters that the project has, such as "channels"
	// Migrated are the store adapters that have migrations: derived ones, or those that
	// are written by hand.
	Migrated map[string]bool
	// Hand holds the methods that are written by hand in an adapter's package,
	// as "sqlite.OrderStore.Get"; what is there is not derived.
	Hand map[string]bool
}

// Service is a driving port, a store port, or both, of one entity.
type Service struct {
	Entity *Struct    // such as order.Order
	Offers *Interface // the driving port, such as ports.Orders; nil where there is none
	Keeps  *Interface // the store port, such as ports.OrderStore; nil where there is none
	Table  string     // the table that the entity is kept in; "" where there is no store port
	Gone   []Column   // of fields that were removed: what they kept stays
}

// Column is a column that no field is kept in any more.
type Column struct {
	Name string
	Type string // of the field that it was, as in the lock
}

// Interface is a port.
type Interface struct {
	Name    string // "Orders"
	Doc     string
	Path    string // the HTTP path below which it is served, such as "/orders"
	Methods []Method
	Pos     string // file:line:column
}

// Method is one method of a port. Its context comes first and its error last,
// and neither is listed.
type Method struct {
	Name    string
	Doc     string
	Params  []Param
	Results []*Type
	Pos     string
}

// Param is a parameter.
type Param struct {
	Name     string
	Type     *Type
	Variadic bool // only the events of a store's changes
}

// Kind says how a type is written and kept.
type Kind string

// The kinds. A named type has the kind of what it is made of, and a Name.
const (
	Bool     Kind = "bool"
	Int      Kind = "int"      // signed, of Bits
	Uint     Kind = "uint"     // unsigned, of Bits
	Float    Kind = "float"    // of Bits
	String   Kind = "string"   // an enumeration if Values is not empty
	Bytes    Kind = "bytes"    // []byte
	Time     Kind = "time"     // time.Time
	Duration Kind = "duration" // time.Duration
	UUID     Kind = "uuid"     // kit.UUID
	Text     Kind = "text"     // any other that marshals itself as text
	Slice    Kind = "slice"    // of Elem; nil is not empty
	Map      Kind = "map"      // of Key, whose kind is String, to Elem
	Pointer  Kind = "pointer"  // to Elem: optional
	Record   Kind = "struct"   // Fields in Struct
	Page     Kind = "page"     // kit.Page
	Listing  Kind = "listing"  // kit.Listing of Elem
	Events   Kind = "event"    // kit.Event
)

// Type is a type that can cross a port.
type Type struct {
	Kind   Kind
	Bits   int     // of Int, Uint and Float; 0 for int and uint themselves
	Name   *Name   // nil where it is not a named type (time.Time and the like have a Kind instead)
	Elem   *Type   // of Slice, Map, Pointer and Listing
	Key    *Type   // of Map
	Struct *Struct // of Record
	Values []Value // of an enumeration
}

// Name is the name of a declared type.
type Name struct {
	Path    string // the import path, such as "example.com/shop/domain/order"
	Package string // the package's own name, such as "order"
	Name    string // "Status"
}

// Value is one value of an enumeration.
type Value struct {
	Const string // "StatusDraft"
	Text  string // "draft"
}

// Struct is a named struct.
type Struct struct {
	Name   Name
	Doc    string
	Fields []Field // those of embedded structs in place of these
	Pos    string
}

// Field is a field of a struct.
type Field struct {
	Name   string   // its name in Go
	Via    []string // the embedded structs that it is reached through, outermost first
	Hidden bool     // by a method of its name: it can be reached through Via alone
	Wire   string   // its name in JSON
	Column string   // its column, if the struct is an entity
	Doc    string
	Type   *Type
	Pos    string
}

// Event is a struct that implements kit.Event.
type Event struct {
	Struct *Struct
	Topic  string
}

// Selector returns how the field is written behind a value of the struct.
func (f Field) Selector() string {
	if !f.Hidden {
		return f.Name
	}
	return strings.Join(append(slices.Clone(f.Via), f.Name), ".")
}
