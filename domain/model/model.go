// Package model describes what was read from the plain Go code of a project: its
// services, the types that they use, and its events. It is all that emitters see.
package model

import (
	"maps"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// Project is everything that files are derived from.
type Project struct {
	Name     string // such as "shop"
	Module   string
	Services []Service           // sorted by name
	Events   []Event             // sorted by topic
	Reads    []Reads             // sorted by name
	Adapters map[string][]string // that the project has for each port, such as "sqlite" for "store"
	Own      []blueprint.OwnPort // its own ports
	// Migrated are the store adapters that have migrations: derived ones, or those that
	// are written by hand.
	Migrated map[string]bool
	// Hand has the declarations and methods that are written by hand in an adapter's package, such as
	// "sqlite.OrderStore.Get". They are not derived.
	Hand map[string]bool
}

// Service is the driving port of an entity, its store port, or both.
type Service struct {
	Entity *Struct    // such as order.Order
	Offers *Interface // the driving port, such as ports.Orders, or nil
	Keeps  *Interface // the store port, such as ports.OrderStore, or nil
	Table  string     // the table of the entity; "" if there is no store port
	Gone   []Column   // the columns of removed fields, which keep their data
}

// Reads is a store without an entity: its methods return what statements select that are
// written by hand.
type Reads struct {
	Port *Interface // such as ports.ReportStore
	Stem string     // of the names of files: "report_store"
	File string     // of the statements: "adapters/sql/report_store.sql"
	Text string     // that of the file
}

// Column is a column that no longer has a field.
type Column struct {
	Name string
	Type string // of its former field, as in the lock
}

// Interface is a port.
type Interface struct {
	Name    string // "Orders"
	Doc     string
	Path    string // the prefix of its HTTP paths, such as "/orders"
	Methods []Method
	Pos     string // file:line:column
	// Unpublished are the methods of a port with a Path that are kept from HTTP. They are
	// not among Methods, and may have any signature.
	Unpublished []string
	Access      *Access // who may call its methods over HTTP, where a directive says so, or nil
}

// Method is a method of a port, without its first parameter, the context, and its last
// result, the error. One that returns a sequence has none: it is in the sequence.
type Method struct {
	Name    string
	Doc     string
	Params  []Param
	Results []*Type
	Pos     string
	HTTP    *HTTP   // how it is served, where a directive says so, or nil
	Access  *Access // who may call it over HTTP, where a directive says so, or nil
	Limit   *Limit  // of the bytes that it reads, where a directive says so, or nil
	// Problems are why no code can be derived from the signature of a store's method. It
	// then has neither Params nor Results, and is to be written by hand.
	Problems Problems
	// Signature returns the parameters and the results as written in Go, in a file in
	// which packages have the names that qualify returns.
	Signature func(qualify func(importPath, name string) string) (params, results []string)
}

// HTTP is how a method is served over HTTP.
type HTTP struct {
	Verb   string // "GET"
	Path   string // "/orders/{id}/pay"; the names are those of parameters
	Status int    // of a successful response; 0 for the default
	Pos    string // of the directive
}

// Access is who may call a method over HTTP.
type Access struct {
	Scopes []string // that a caller needs; without any, everybody may call
	Pos    string   // of the directive
}

// Limit is how many bytes a method reads at most over HTTP.
type Limit struct {
	Bytes int64
	Pos   string // of the directive
}

// Param is a parameter.
type Param struct {
	Name     string
	Type     *Type
	Variadic bool // only for the events of a store's changes
}

// Kind says how values of a type are sent and stored.
type Kind string

// The kinds. A named type has the kind of its underlying type, and a Name.
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
	Text     Kind = "text"     // any other type that marshals itself as text
	Slice    Kind = "slice"    // of Elem; nil and empty differ
	Map      Kind = "map"      // of Key to Elem; the kind of Key is String but in what a store returns
	Pointer  Kind = "pointer"  // to Elem: optional
	Record   Kind = "struct"   // Fields in Struct
	Page     Kind = "page"     // kit.Page
	Listing  Kind = "listing"  // kit.Listing of Elem
	Events   Kind = "event"    // kit.Event
	Sequence Kind = "sequence" // iter.Seq2 of Elem and error; only the result of a method
	Reader   Kind = "reader"   // io.Reader as a parameter, io.ReadCloser as a result
)

// Type is a type that can cross a port.
type Type struct {
	Kind   Kind
	Bits   int     // of Int, Uint and Float; 0 for int and uint themselves
	Name   *Name   // nil if it has no name (time.Time and the like have a Kind instead)
	Elem   *Type   // of Slice, Map, Pointer, Listing and Sequence
	Key    *Type   // of Map
	Struct *Struct // of Record
	Values []Value // of an enumeration
	Pos    string  // of an enumeration: where it is declared
	// New makes a value of a Text that does not read itself, and Method returns its text.
	New    *Constructor
	Method string
	Known  []Name // exported variables and constants of a type that accepts only some values
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
	Fields []Field  // with embedded structs replaced by their fields
	Unique []Unique // of an entity
	Tenant string   // the field that says whose an entity is; "" if there are no tenants
	// References are the fields of an entity that have keys of others.
	References []Reference
	// New makes the values of a struct whose own fields are unexported; nil if they are not.
	// Then Fields are its parameters, each of which the method of its name returns.
	New *Constructor
	Pos string
}

// Field is a field of a struct.
type Field struct {
	Name   string   // its name in Go
	Via    []string // the embedded structs that contain it, outermost first
	Hidden bool     // by a method with the same name, so that Via is needed to select it
	Method bool     // it is what the method of the name returns
	Wire   string   // its name in JSON
	Column string   // its column, if the struct is an entity
	Source string   // what numbers for it come from in a database, such as "invoices_next_number", if a method returns any
	Table  string   // the table of the elements, if they have one; their column says how many there are
	Apart  bool     // a directive says that they have
	JSON   bool     // a directive says that they are JSON in the column
	Gone   []Column // the columns in the table of what the elements no longer have
	Key    bool     // it is the key of the entity
	Doc    string
	Type   *Type
	Rules  Rules // that its struct checks
	Pos    string
}

// IsOfIdentified reports whether it is a list whose elements have an identity of their own.
func (f Field) IsOfIdentified() bool {
	return f.Type.Kind == Slice && f.Type.Elem.Kind == Record && slices.ContainsFunc(f.Type.Elem.Struct.Fields, func(e Field) bool {
		return e.Name == "ID" && e.Type.Kind == UUID
	})
}

// Event is a struct that implements kit.Event.
type Event struct {
	Struct *Struct
	Topic  string
}

// InMemory is the store adapter for tests, which all projects have.
const InMemory = "memory"

// Lacking returns the store adapters in which a method, such as "OrderStore.Get", is not
// written by hand.
func (p *Project) Lacking(method string) []string {
	return slices.DeleteFunc(append(slices.Clone(p.Adapters["store"]), InMemory), func(adapter string) bool {
		return p.Hand[adapter+"."+method]
	})
}

// Unwritten returns why methods of stores cannot be derived that are not written by hand in
// any adapter.
func (p *Project) Unwritten() (problems Problems) {
	for _, s := range p.Services {
		if s.Keeps == nil {
			continue
		}
		for _, m := range s.Keeps.Methods {
			isOf := func(hand string) bool { return strings.HasSuffix(hand, "."+s.Keeps.Name+"."+m.Name) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(p.Hand)), isOf) {
				problems = append(problems, m.Problems...)
			}
		}
	}
	return problems
}

// IsByHand reports whether a method is written by hand in every store adapter.
func (p *Project) IsByHand(method string) bool { return len(p.Lacking(method)) == 0 }

// Selector returns the selector of the field, without the value of the struct.
func (f Field) Selector() string {
	switch {
	case f.Method:
		return f.Name + "()"
	case !f.Hidden:
		return f.Name
	}
	return strings.Join(append(slices.Clone(f.Via), f.Name), ".")
}
