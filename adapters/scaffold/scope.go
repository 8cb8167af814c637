package scaffold

// scope hands out unique names for the declarations of a domain package.
type scope struct {
	entity string
	taken  map[string]bool
}

func newScope(entity string) *scope {
	return &scope{entity: entity, taken: map[string]bool{entity: true, "New": true}}
}

// take returns the name, prefixed with the entity's name as often as needed to make it
// unique.
func (s *scope) take(name string) string {
	for s.taken[name] {
		name = s.entity + name
	}
	s.taken[name] = true
	return name
}
