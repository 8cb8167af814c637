package model

import (
	"slices"
	"strings"
)

// Structs returns all structs that the project stores or sends, sorted by name.
func (p *Project) Structs() []*Struct {
	v := visitor{seen: map[*Struct]bool{}}
	for _, s := range p.Services {
		v.structure(s.Entity)
		for _, port := range []*Interface{s.Offers, s.Keeps} {
			if port != nil {
				v.methods(port.Methods)
			}
		}
	}
	for _, e := range p.Events {
		v.structure(e.Struct)
	}
	slices.SortFunc(v.all, func(a, b *Struct) int {
		return strings.Compare(a.Name.Path+"."+a.Name.Name, b.Name.Path+"."+b.Name.Name)
	})
	return v.all
}

// visitor collects structs.
type visitor struct {
	seen map[*Struct]bool
	all  []*Struct
}

func (v *visitor) structure(s *Struct) {
	if s == nil || v.seen[s] {
		return
	}
	v.seen[s] = true
	v.all = append(v.all, s)
	for _, f := range s.Fields {
		v.typ(f.Type)
	}
}

func (v *visitor) methods(methods []Method) {
	for _, m := range methods {
		for _, p := range m.Params {
			v.typ(p.Type)
		}
		for _, r := range m.Results {
			v.typ(r)
		}
	}
}

// typ visits a type and its elements. The keys of maps are strings.
func (v *visitor) typ(t *Type) {
	for ; t != nil; t = t.Elem {
		v.structure(t.Struct)
	}
}
