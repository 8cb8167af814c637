package config

import (
	"slices"
	"strings"
)

// FileVariable is the variable that names the file, without its prefix.
const FileVariable = "CONFIG"

// variables reads the settings of those variables that have the prefix.
func (r *reader) variables(env []string) []setting {
	values := map[string]string{}
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, r.schema.prefix+"_") {
			values[name] = value
		}
	}
	names := make([]string, 0, len(values))
	for name := range values {
		if !isServiceLink(name, values, r.schema) && name != r.schema.prefix+"_"+FileVariable {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var settings []setting
	for _, name := range names {
		if k := r.schema.byVar[name]; k != nil {
			settings = r.put(settings, k, values[name], name)
			continue
		}
		r.strange(name)
	}
	return settings
}

// strange notes that a variable stands for no key. It does not show the value:
// it may be a secret whose name has been misspelt.
func (r *reader) strange(name string) {
	for _, part := range r.schema.parts[1:] {
		if r.schema.variable(part.path) != name {
			continue
		}
		var inside []string
		for _, k := range r.schema.keys {
			if strings.HasPrefix(k.path, part.path+".") {
				inside = append(inside, k.variable)
			}
		}
		r.note(name, "", "names the section %s, not a key in it; its keys are %s", part.path, some(inside))
		return
	}
	r.note(name, "", "there is no such key%s", meant(r.schema.nearestVariable(name)))
}

// some lists names, as many as are read at a glance.
func some(names []string) string {
	const most = 4
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
