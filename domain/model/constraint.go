package model

import "slices"

// Unique is fields in which no two entities may be alike. Those that have nothing in one
// of them are like no other.
type Unique struct {
	Fields []string
	Index  string // its name in a database: "users_unique_email"
	Pos    string
}

// Named returns the field with the name.
func (s *Struct) Named(name string) (Field, bool) {
	i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return s.Fields[i], true
}

// Constrained reports whether the rows of any entity are held to more than their types.
func (p *Project) Constrained() bool {
	return slices.ContainsFunc(p.Services, func(s Service) bool {
		return s.Keeps != nil && (len(s.Entity.Unique)+len(s.Entity.References) > 0 || s.Entity.Tenant != "")
	})
}
