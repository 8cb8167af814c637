package blueprint

import (
	"fmt"
	"slices"
	"strings"
)

// AddService adds a service to the project.
func (b *Blueprint) AddService(s Service) error {
	if slices.ContainsFunc(b.Services, func(have Service) bool { return have.Name.Equal(s.Name) }) {
		return fmt.Errorf("%s already has a service %s; outgrow add field %s adds fields to it", b.Name, s.Name, s.Name)
	}
	b.Services = append(slices.Clone(b.Services), s)
	return nil
}

// Extend adds the fields of s to the service of the same name.
func (b *Blueprint) Extend(s Service) error {
	i := slices.IndexFunc(b.Services, func(have Service) bool { return have.Name.Equal(s.Name) })
	if i < 0 {
		names := make([]string, len(b.Services))
		for i, have := range b.Services {
			names[i] = have.Name.Snake()
		}
		return fmt.Errorf("unknown service %s%s", s.Name, Suggest(s.Name.Snake(), names))
	}
	if len(s.Fields) == 0 {
		return fmt.Errorf("no fields given for %s; write them as name:type, such as notes:text?", s.Name)
	}
	if f, ok := s.Tenant(); ok {
		return fmt.Errorf("the tenant cannot be added: existing rows have none; add %s:string, give each row its tenant, "+
			"and then write //outgrow:tenant above the field", f.Name)
	}
	for _, f := range s.Fields {
		if slices.ContainsFunc(b.Services[i].Fields, func(have Field) bool { return have.Name.Equal(f.Name) }) {
			return fmt.Errorf("%s already has a field %s", s.Name, f.Name)
		}
	}
	b.Services = slices.Clone(b.Services)
	b.Services[i].Fields = slices.Concat(b.Services[i].Fields, s.Fields)
	return nil
}

// Before returns the value that existing entities have in a new field of the type, as
// set by the migration that adds the field.
func (t Type) Before() string {
	if t.Optional || t.List || t.Base == "bytes" {
		return "none"
	}
	switch t.Base {
	case "enum":
		return t.Values[0]
	case "string", "text":
		return "empty"
	case "bool":
		return "false"
	case "time":
		return "1970-01-01T00:00:00Z"
	case "duration":
		return "0s"
	case "uuid":
		return "00000000-0000-0000-0000-000000000000"
	}
	return "0"
}

// Follow renames a field of a service, or removes it if the new name is empty, after
// that was done in Go. It does nothing if there is no such field: a project may have
// services that are not in the blueprint.
func (b *Blueprint) Follow(service, field, now string) error {
	i := slices.IndexFunc(b.Services, func(s Service) bool { return spelled(service) == spelled(s.Name.Package()) })
	if i < 0 {
		return nil
	}
	fields := slices.Clone(b.Services[i].Fields)
	at := slices.IndexFunc(fields, func(f Field) bool { return spelled(field) == spelled(f.Name.Package()) })
	switch {
	case at < 0, now == "" && len(fields) == 1: // a service of a blueprint has at least one
		return nil
	case now == "":
		fields = slices.Delete(fields, at, at+1)
	default:
		renamed, err := fields[at].Name.Respell(now)
		if err != nil {
			return err
		}
		fields[at].Name = renamed
	}
	b.Services = slices.Clone(b.Services)
	b.Services[i].Fields = fields
	return nil
}

// spelled returns what all spellings of a name have in common.
func spelled(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}
