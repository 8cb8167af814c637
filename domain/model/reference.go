package model

import "slices"

// Reference is a field that has the key of an entity that must be there.
type Reference struct {
	Field      string
	To         Name   // the entity
	Table      string // that of the entity
	Constraint string // its name in a database: "orders_references_customer"
	Pos        string
}

// Requires reports whether the entity always refers to another: the field is not a pointer.
func (s *Struct) Requires(r Reference) bool {
	f, _ := s.Named(r.Field)
	return f.Type.Kind != Pointer
}

// OfOwnKind returns the references of the entity to others of its kind.
func (s *Struct) OfOwnKind() []Reference {
	return slices.DeleteFunc(slices.Clone(s.References), func(r Reference) bool { return r.To != s.Name })
}

// Keeping returns the service that keeps the entity, or nil.
func (p *Project) Keeping(entity Name) *Service {
	i := slices.IndexFunc(p.Services, func(s Service) bool { return s.Keeps != nil && s.Entity.Name == entity })
	if i < 0 {
		return nil
	}
	return &p.Services[i]
}

// Referrer is a field of an entity by which that one keeps another.
type Referrer struct {
	Service
	Reference
}

// Referring returns the fields that have keys of the entity.
func (p *Project) Referring(entity *Struct) (all []Referrer) {
	for _, s := range p.Services {
		if s.Keeps == nil {
			continue
		}
		for _, r := range s.Entity.References {
			if r.To == entity.Name {
				all = append(all, Referrer{s, r})
			}
		}
	}
	return all
}
