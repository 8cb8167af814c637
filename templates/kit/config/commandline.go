package config

import (
	"slices"
	"strings"
)

const flagName = "--set"

// commandLine reads settings of the form key=value. The last one of a key
// counts, as it does for flags.
func (r *reader) commandLine(set []string) []setting {
	var settings []setting
	for _, text := range set {
		path, value, ok := strings.Cut(text, "=")
		if !ok {
			r.note(flagName+" "+beginning(text), "", "must be key=value, such as --set %s=…", r.example())
			continue
		}
		k := r.schema.byPath[path]
		if k == nil {
			r.strangePath(path)
			continue
		}
		settings = slices.DeleteFunc(settings, func(s setting) bool { return s.key == k })
		settings = r.put(settings, k, value, flagName)
	}
	return settings
}

func (r *reader) strangePath(path string) {
	if path != "" && r.schema.part(path) != nil {
		r.note(flagName+" "+path, "", "names a section, not a key in it%s", meant(r.firstIn(path)))
		return
	}
	r.note(flagName+" "+quoted(path), "", "there is no such key%s", meant(r.schema.nearestPath(path)))
}

// firstIn returns the first key of a section.
func (r *reader) firstIn(path string) string {
	for _, k := range r.schema.keys {
		if strings.HasPrefix(k.path, path+".") {
			return k.path
		}
	}
	return ""
}

// beginning returns as much of a text as can be a key: the rest may be secret.
func beginning(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '.'
	})
	if end < 0 {
		return text
	}
	return text[:end] + "…"
}

func (r *reader) example() string {
	if len(r.schema.keys) == 0 {
		return "key"
	}
	return r.schema.keys[0].path
}
