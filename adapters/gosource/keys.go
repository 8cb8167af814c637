package gosource

import (
	"cmp"
	"go/types"
	"reflect"
	"strings"

	"github.com/outgrowkit/outgrow/domain/code"
)

// keys returns the configuration keys, which are the fields of the struct Config in
// package main, as kit/config reads them.
func (i *inspector) keys() []code.Key {
	p := i.packages[i.module]
	if p == nil || p.types == nil {
		return nil
	}
	config := p.types.Scope().Lookup("Config")
	if config == nil {
		return nil
	}
	s, ok := config.Type().Underlying().(*types.Struct)
	if !ok || embedsUnknown(s) {
		return nil
	}
	return i.keysOf(s, "", nil)
}

// embedsUnknown reports whether a struct embeds, directly or indirectly, a type that does
// not compile or is missing.
func embedsUnknown(s *types.Struct) bool {
	for f := range s.Fields() {
		inner, isStruct := f.Type().Underlying().(*types.Struct)
		if f.Embedded() && (f.Type() == types.Typ[types.Invalid] || isStruct && embedsUnknown(inner)) {
			return true
		}
	}
	return false
}

// keysOf returns the keys of a struct, including those of embedded structs.
func (i *inspector) keysOf(s *types.Struct, section string, within []types.Type) []code.Key {
	var keys []code.Key
	for n := range s.NumFields() {
		f := s.Field(n)
		if !f.Exported() {
			continue
		}
		name := reflect.StructTag(s.Tag(n)).Get("config")
		inner, isStruct := f.Type().Underlying().(*types.Struct)
		isSection := isStruct && !readsText(f.Type()) && f.Type() != types.Typ[types.Invalid]
		if isSection && contains(within, f.Type()) {
			continue
		}
		path := section
		if !isSection || !f.Embedded() || name != "" {
			path = strings.TrimPrefix(section+"."+cmp.Or(name, code.KeyName(f.Name())), ".")
			keys = append(keys, i.keyOf(f.Type(), path, isSection)...)
		}
		if isSection {
			keys = append(keys, i.keysOf(inner, path, append(within, f.Type()))...)
		}
	}
	return keys
}

// keyOf returns the key of a field of the type, and its alternative that names a file.
func (i *inspector) keyOf(t types.Type, path string, isSection bool) []code.Key {
	key := code.Key{Path: path, Section: isSection}
	switch {
	case t == types.Typ[types.Invalid]:
		key.Open = true // a third-party type, or a compile error
	case i.isSecret(t):
		key.Secret = true
		return []code.Key{key, {Path: path + "_file", Other: true}}
	}
	if list, ok := t.Underlying().(*types.Slice); ok {
		key.Secret = i.isSecret(list.Elem())
	}
	return []code.Key{key}
}

// contains reports whether the types contain t.
func contains(those []types.Type, t types.Type) bool {
	for _, other := range those {
		if types.Identical(other, t) {
			return true
		}
	}
	return false
}

// readsText reports whether the type has an UnmarshalText method.
func readsText(t types.Type) bool {
	method, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, "UnmarshalText")
	_, ok := method.(*types.Func)
	return ok
}

// isSecret reports whether a type is kit.Secret, whose value can be in a file.
func (i *inspector) isSecret(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Secret" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == i.module+"/kit"
}
