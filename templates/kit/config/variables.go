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
	values := r.prefixed()
	var settings []setting
	for _, name := range slices.Sorted(maps.Keys(values)) {
		k := r.schema.byVar[name]
		if k == nil {
			r.strange(name)
			continue
		}
		settings = r.put(settings, k, values[name], name)
		if k.file != nil {
			continue
		}
		r.sources[k.path] = name
		if err := r.viper.BindEnv(k.path, name); err != nil {
			return err
		}
	}
	return r.viper.MergeConfigMap(nest(r.fromFiles(settings)))
}

// prefixed returns the variables that have the prefix and are settings.
func (r *reader) prefixed() map[string]string {
	values := map[string]string{}
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, r.schema.prefix+"_") {
			values[name] = value
		}
	}
	settings := maps.Clone(values)
	maps.DeleteFunc(settings, func(name, _ string) bool {
		return name == r.schema.prefix+"_"+FileVariable || isServiceLink(name, values, r.schema)
	})
	return settings
}

// strange notes that a variable is not that of a key. It does not show the
// value: it may be a secret whose name has been misspelt.
func (r *reader) strange(name string) {
	for _, part := range r.schema.parts[1:] {
		if r.schema.variable(part.path) == name {
			r.noteSection(name, part.path, func(k *key) string { return k.variable })
			return
		}
	}
	r.note(name, "", "there is no such key%s", meant(r.schema.nearestVariable(name)))
}

// noteSection notes that a section is set as if it were a key. name returns what
// the keys in it are called there.
func (r *reader) noteSection(where, path string, name func(*key) string) {
	var inside []string
	for _, k := range r.schema.keys {
		if strings.HasPrefix(k.path, path+".") {
			inside = append(inside, name(k))
		}
	}
	r.note(where, "", "is the section %s; set a key in it: %s", path, some(inside))
}

// some lists names, as many as are read at a glance.
func some(names []string) string {
	const most = 4
	if len(names) > most {
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}
