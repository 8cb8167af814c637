// Package storegen derives stores: what keeps entities in SQLite and in memory,
// and the tests that hold both to the promises of their port.
package storegen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
)

// store is what the templates know of one store port and its entity.
type store struct {
	Module  string
	Name    string // of the port: "OrderStore"
	Entity  string // "order.Order", as it is imported
	Subject string // "order"
	Table   string // "orders"
	Stem    string // of files: "order"
	Fields  []field
	Methods []method
	hand    map[string]bool
	imports map[string]string // import path to name

	entityPath string
}

// field is one field of an entity, which is one column of its table.
type field struct {
	Path    string // "Details.Customer"
	Column  string
	SQL     string // the type of the column
	NotNull bool
	Arg     string // an expression of v for a statement
	Scan    string // an expression of v to scan the column to
	Type    *model.Type
}

// method is one method of a store.
type method struct {
	Name, Doc string
	Kind      string // Insert, Get, Update, Delete, List, Find, Count, Exists
	By        []by
	Statement string // the field of the store that holds its statement
	Params    string // after ctx
	Result    string
}

// by is a field that a method finds by, and the parameter that it is compared
// with.
type by struct {
	Param string
	Field field
	Arg   string
}

func newStore(p model.Project, s model.Service, names *jsongen.Names) (store, error) {
	e := s.Entity
	v := store{
		Module: p.Module, Name: s.Keeps.Name, Subject: human(e.Name.Name), Table: s.Table,
		Stem: stem(p.Module, e.Name.Path), hand: p.Hand, imports: map[string]string{},
	}
	v.Entity, v.entityPath = v.typeName(&e.Name), e.Name.Path
	for _, f := range e.Fields {
		v.Fields = append(v.Fields, v.field(f, names))
	}
	var problems model.Problems
	for _, m := range s.Keeps.Methods {
		if out, ok := v.method(m, &problems); ok {
			v.Methods = append(v.Methods, out)
		}
	}
	return v, problems.Err()
}

// stem returns the path of a package below domain without slashes.
func stem(module, importPath string) string {
	return strings.ReplaceAll(strings.TrimPrefix(importPath, module+"/domain/"), "/", "")
}

// typeName returns a named type as it is written where its package is imported.
func (v *store) typeName(n *model.Name) string {
	name := n.Package
	if n.Path == v.Module+"/domain" {
		name = "domain"
	} else {
		name = alias.Of(name)
	}
	v.imports[n.Path] = name
	return name + "." + n.Name
}

// goType returns a type as it is written in Go.
func (v *store) goType(t *model.Type) string {
	if t.Name != nil {
		return v.typeName(t.Name)
	}
	switch t.Kind {
	case model.Int, model.Uint, model.Float:
		return numberType(t)
	case model.Bytes:
		return "[]byte"
	case model.Time:
		v.imports["time"] = "time"
		return "time.Time"
	case model.Duration:
		v.imports["time"] = "time"
		return "time.Duration"
	case model.UUID:
		return "domain.UUID"
	case model.Slice:
		return "[]" + v.goType(t.Elem)
	case model.Map:
		return "map[" + v.goType(t.Key) + "]" + v.goType(t.Elem)
	case model.Pointer:
		return "*" + v.goType(t.Elem)
	}
	return string(t.Kind) // bool, string
}

func numberType(t *model.Type) string {
	if t.Bits == 0 {
		return string(t.Kind)
	}
	return fmt.Sprint(t.Kind, t.Bits)
}

// composite reports whether a type is kept as JSON.
func composite(t *model.Type) bool {
	return t.Kind == model.Slice || t.Kind == model.Map || t.Kind == model.Record
}

func (v *store) field(f model.Field, names *jsongen.Names) field {
	out := field{Path: strings.Join(append(slices.Clone(f.Via), f.Name), "."), Column: f.Column, Type: f.Type}
	at := "v." + out.Path
	t, optional := f.Type, f.Type.Kind == model.Pointer
	if optional {
		t = f.Type.Elem
	}
	out.SQL = sqlType(t)
	out.NotNull = !optional && t.Kind != model.Bytes && t.Kind != model.Slice && t.Kind != model.Map
	out.Arg, out.Scan = at, "&"+at
	of, to := converters(t)
	switch {
	case composite(t):
		out.Arg, out.Scan = v.jsonColumn(at, t, optional, names)
	case of != "" && optional:
		out.Arg, out.Scan = fmt.Sprintf("ofOptional(%s, %s)", at, of), fmt.Sprintf("toOptional(&%s, %s)", at, to)
		if t.Kind == model.Text {
			out.Arg = fmt.Sprintf("ofOptional(%s, ofText[%s])", at, v.goType(t))
			out.Scan = fmt.Sprintf("toOptional(&%s, func(to *%s) sql.Scanner { return toText(to) })", at, v.goType(t))
			v.imports["database/sql"] = "sql"
		}
	case of != "":
		out.Arg, out.Scan = fmt.Sprintf("%s(%s)", of, at), fmt.Sprintf("%s(&%s)", to, at)
	}
	return out
}

// jsonColumn returns how a list, map or struct is written and read.
func (v *store) jsonColumn(at string, t *model.Type, optional bool, names *jsongen.Names) (arg, scan string) {
	v.imports[v.Module+"/adapters/jsonwire"] = "jsonwire"
	read := "jsonwire." + names.Read(t)
	write := func(value string) string { return "string(jsonwire." + names.Append(t) + "(nil, " + value + "))" }
	switch {
	case optional:
		return fmt.Sprintf("ofOptional(%s, func(v %s) any { return %s })", at, v.goType(t), write("v")),
			fmt.Sprintf("toOptional(&%s, func(to *%s) sql.Scanner { return toJSON(to, %s) })", at, v.goType(t), read)
	case t.Kind == model.Record:
		return write(at), fmt.Sprintf("toJSON(&%s, %s)", at, read)
	}
	return fmt.Sprintf("ofJSON(%s == nil, jsonwire.%s, %s)", at, names.Append(t), at), fmt.Sprintf("toJSON(&%s, %s)", at, read)
}

// converters returns the functions that translate a type to a column and back;
// none where the driver does.
func converters(t *model.Type) (of, to string) {
	switch t.Kind {
	case model.UUID:
		return "ofUUID", "toUUID"
	case model.Time:
		return "ofTime", "toTime"
	case model.Text:
		return "ofText", "toText"
	}
	return "", ""
}

func sqlType(t *model.Type) string {
	switch t.Kind {
	case model.UUID, model.Bytes:
		return "BLOB"
	case model.Bool, model.Int, model.Uint, model.Duration, model.Time:
		return "INTEGER"
	case model.Float:
		return "REAL"
	}
	return "TEXT"
}

// human returns a name in Go as one says it.
func human(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && 'A' <= r && r <= 'Z' && !('A' <= name[i-1] && name[i-1] <= 'Z') {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
