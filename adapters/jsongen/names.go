// Package jsongen derives the package adapters/jsonwire of a project, which encodes the
// types of the project as JSON and decodes them.
package jsongen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/route"
)

// Names are the unique names that the types of a project have in functions of package
// jsonwire.
type Names struct {
	catalog *catalog
	names   map[string]string // by key
	taken   map[string]bool
}

// NewNames names the types of a project.
func NewNames(p model.Project) *Names {
	services, _ := route.Of(p, english.English{}) // Emit returns the error
	return newNames(newCatalog(p, services))
}

func newNames(c *catalog) *Names {
	n := &Names{catalog: c, names: map[string]string{}, taken: map[string]bool{}}
	n.nameDeclared()
	n.nameShapes()
	return n
}

// Append returns the name of the function that appends a value of the type:
// func(b []byte, v T) []byte. There is one for each struct, and for each list and map
// that is a field of an entity or a result.
func (n *Names) Append(t *model.Type) string { return "Append" + n.Of(t) }

// Read returns the name of the function that reads what Append wrote, in this version or
// another: func(data []byte) (T, error).
func (n *Names) Read(t *model.Type) string { return "Read" + n.Of(t) }

// Decode returns the name of the function that reads what a client sent:
// func(data []byte) (T, error). There is one for each type of a body.
func (n *Names) Decode(t *model.Type) string { return "Decode" + n.Of(t) }

// Fields returns the name of the variable with the names of the fields.
func (n *Names) Fields(s *model.Struct) string { return "NamesOf" + n.names[declaredKey(s.Name)] }

// Of returns the name of the type.
func (n *Names) Of(t *model.Type) string { return n.names[keyOf(t)] }

// keyOf returns a key that is unique for each type.
func keyOf(t *model.Type) string {
	if name := nameOf(t); name != nil {
		return declaredKey(*name)
	}
	switch t.Kind {
	case model.Int, model.Uint, model.Float:
		return string(t.Kind) + strconv.Itoa(t.Bits)
	case model.Slice, model.Pointer, model.Listing:
		return string(t.Kind) + "(" + keyOf(t.Elem) + ")"
	case model.Map:
		return "map(" + keyOf(t.Key) + "," + keyOf(t.Elem) + ")"
	default:
		return string(t.Kind)
	}
}

func nameOf(t *model.Type) *model.Name {
	if t.Name == nil && t.Kind == model.Record {
		return &t.Struct.Name
	}
	return t.Name
}

func declaredKey(n model.Name) string { return n.Path + "." + n.Name }

// nameDeclared names the types that have a name in Go: first those that are called like
// their package, just by that name, then the others by package and name.
func (n *Names) nameDeclared() {
	pascal := map[string]string{} // the names of packages
	for _, d := range n.catalog.declared {
		if d.Package == "jsonwire" || strings.EqualFold(d.Package, d.Name) {
			pascal[d.Path] = d.Name
			n.take(declaredKey(d), d.Name)
		}
	}
	for _, d := range n.catalog.declared {
		if n.names[declaredKey(d)] != "" {
			continue
		}
		pkg := cmp.Or(pascal[d.Path], strings.ToUpper(d.Package[:1])+d.Package[1:])
		n.take(declaredKey(d), pkg+d.Name, d.Name+"Of"+pkg)
	}
}

// nameShapes names the other types by what they are made of.
func (n *Names) nameShapes() {
	for _, t := range n.catalog.shapes {
		n.take(keyOf(t), n.shape(t))
	}
}

func (n *Names) shape(t *model.Type) string {
	if known := n.Of(t); known != "" {
		return known
	}
	switch t.Kind {
	case model.Slice:
		return n.shape(t.Elem) + "List"
	case model.Map:
		return n.shape(t.Key) + n.shape(t.Elem) + "Map"
	case model.Pointer:
		return "Optional" + n.shape(t.Elem)
	case model.Listing:
		return n.shape(t.Elem) + "Listing"
	case model.UUID:
		return "UUID"
	case model.Int, model.Uint, model.Float:
		if t.Bits == 0 {
			return title(string(t.Kind))
		}
		return title(string(t.Kind)) + strconv.Itoa(t.Bits)
	default:
		return title(string(t.Kind))
	}
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }

// take gives the type the first of the names that is not taken, or else the last with a
// number.
func (n *Names) take(key string, names ...string) {
	free := slices.IndexFunc(names, func(name string) bool { return !n.taken[name] })
	last := names[len(names)-1]
	name := last
	if free >= 0 {
		name = names[free]
	}
	for i := 2; n.taken[name]; i++ {
		name = last + strconv.Itoa(i)
	}
	n.names[key] = name
	n.taken[name] = true
}
