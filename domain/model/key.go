package model

import "slices"

// Key returns the field of an entity that is its key: the one that says so, or else ID.
func (s *Struct) Key() Field {
	if i := slices.IndexFunc(s.Fields, func(f Field) bool { return f.Key }); i >= 0 {
		return s.Fields[i]
	}
	f, _ := s.field("ID")
	return f
}

// IsKey reports whether a field is the key of the entity.
func (s *Struct) IsKey(f Field) bool { return f.Name == s.Key().Name }

// Version returns the field of an entity that counts its changes, if it has one.
func (s *Struct) Version() (f Field, ok bool) { return s.field("Version") }

func (s *Struct) field(name string) (f Field, ok bool) {
	for _, f := range s.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}
