package scaffold

// scope gives out the names that a domain package declares, each once.
type scope struct {
	entity string
	taken  map[string]bool
}

func newScope(entity string) *scope {
	return &scope{entity: entity, taken: map[string]bool{entity: true, "New": true}}
}

// take returns the name if it is free, otherwise with the entity's before it, as
// often as it takes.
func (s *scope) take(name string) string {
	for s.taken[name] {
		name = s.entity + name
	}
	s.taken[name] = true
	return name
}
