package model

import (
	"slices"
	"strings"
)

// Structs returns all structs that the project stores or sends, sorted by name.
func (p *Project) Structs() []*Struct { return p.visit().all }

// Enums returns all enumerations that the project stores or sends, sorted by name.
func (p *Project) Enums() []*Type {
	enums := p.visit().enums
	slices.SortFunc(enums, func(a, b *Type) int { return compareNames(*a.Name, *b.Name) })
	return slices.CompactFunc(enums, func(a, b *Type) bool { return *a.Name == *b.Name })
}

// Within returns the structs of which the struct consists: itself, and those that its
// fields hold.
func (s *Struct) Within() []*Struct {
	v := visitor{seen: map[*Struct]bool{}}
	v.structure(s)
	return v.all
}

func (p *Project) visit() visitor {
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
	slices.SortFunc(v.all, func(a, b *Struct) int { return compareNames(a.Name, b.Name) })
	return v
}

func compareNames(a, b Name) int { return strings.Compare(a.Path+"."+a.Name, b.Path+"."+b.Name) }

// visitor collects structs and enumerations, the latter as often as they are used.
type visitor struct {
	seen  map[*Struct]bool
	all   []*Struct
	enums []*Type
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
			if !p.Type.IsFilter() && !p.Type.IsSort() { // which are neither stored nor in messages
				v.typ(p.Type)
			}
		}
		for _, r := range m.Results {
			v.typ(r)
		}
	}
}

// typ visits a type, its elements and the keys of maps.
func (v *visitor) typ(t *Type) {
	for ; t != nil; t = t.Elem {
		v.structure(t.Struct)
		if len(t.Values) > 0 {
			v.enums = append(v.enums, t)
		}
		if t.Key != nil {
			v.typ(t.Key)
		}
	}
}
