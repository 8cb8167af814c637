package gosource

import (
	"go/types"
	"reflect"
	"strings"
	"unicode"

	"github.com/outgrowkit/outgrow/domain/code"
)

// keys returns the configuration keys, which are the fields of the struct Config in
// package app, as app/config reads them.
func (i *inspector) keys() []code.Key {
	p := i.packages[i.module+"/app"]
	if p == nil || p.types == nil {
		return nil
	}
	config := p.types.Scope().Lookup("Config")
	if config == nil {
		return nil
	}
	s, ok := config.Type().Underlying().(*types.Struct)
	if !ok {
		return nil
	}
	return i.keysOf(s, "", nil)
}

func (i *inspector) keysOf(s *types.Struct, section string, within []types.Type) []code.Key {
	var keys []code.Key
	for n := range s.NumFields() {
		f := s.Field(n)
		if !f.Exported() {
			continue
		}
		name := reflect.StructTag(s.Tag(n)).Get("config")
		if name == "" {
			name = keyOf(f.Name())
		}
		key := code.Key{Path: strings.TrimPrefix(section+"."+name, ".")}
		inner, isStruct := f.Type().Underlying().(*types.Struct)
		switch {
		case f.Type() == types.Typ[types.Invalid]:
			key.Open = true // a third-party type, or a compile error
			keys = append(keys, key)
		case !isStruct || readsText(f.Type()):
			keys = append(keys, key)
			if i.isSecret(f.Type()) {
				keys = append(keys, code.Key{Path: key.Path + "_file", Other: true})
			}
		case !contains(within, f.Type()):
			key.Section = true
			keys = append(append(keys, key), i.keysOf(inner, key.Path, append(within, f.Type()))...)
		}
	}
	return keys
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

// isSecret reports whether a type is domain.Secret, whose value can be in a file.
func (i *inspector) isSecret(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == "Secret" && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == i.module+"/domain"
}

// keyOf converts a Go name to a key, as app/config of a project does: ReadTimeout to
// read_timeout, and HTTPAddr to http_addr.
func keyOf(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) {
			afterLower := !unicode.IsUpper(letters[i-1])
			beforeLower := i+1 < len(letters) && unicode.IsLower(letters[i+1])
			if afterLower || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
