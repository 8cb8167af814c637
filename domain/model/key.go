package model

// Key returns the field of an entity that is its key.
func (s *Struct) Key() Field {
	f, _ := s.field("ID")
	return f
}

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
