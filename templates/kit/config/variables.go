package config

import (
	"maps"
	"os"
	"slices"
	"strings"
)

// FileVariable is the variable that names the file, without its prefix.
const FileVariable = "CONFIG"

// variables binds the variables of the environment that have the prefix to their
// keys.
func (r *reader) variables() error {
	r.viper.AllowEmptyEnv(true)
	values := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, r.schema.prefix+"_") {
			values[name] = value
		}
	}
	settings := layer{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		k := r.schema.byVar[name]
		switch {
		case name == r.schema.prefix+"_"+FileVariable || isServiceLink(name, values, r.schema):
		case k != nil:
			r.put(settings, k, values[name], name)
			if k.file == nil {
				r.sources[k.path] = name
				_ = r.viper.BindEnv(k.path, name) // it fails only without a key
			}
		default:
			r.strange(name, name, r.schema.variable, r.schema.nearestVariable)
		}
	}
	return r.viper.MergeConfigMap(r.fromFiles(settings))
}

// strange notes that a name is not that of a key. It does not show the value,
// which may be a secret whose name has been misspelt. called returns what the key
// or section of a path is called where the name is.
func (r *reader) strange(where, name string, called, nearest func(string) string) {
	for _, section := range r.schema.sections {
		if called(section) == name {
			r.note(where, "", "is the section %s; set a key in it: %s", section, some(r.schema.names(section+".", called)))
			return
		}
	}
	r.note(where, "", "there is no such key%s", meant(nearest(name)))
}

// some lists names, as many as are read at a glance.
func some(names []string) string {
	const most = 4
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return strings.Join(names, ", ")
}
