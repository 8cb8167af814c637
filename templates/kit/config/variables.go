package config

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// FileVariable is the variable that names the file, without its prefix.
const FileVariable = "CONFIG"

// variables returns the settings of the variables of the environment that have the
// prefix.
func (r *reader) variables() layer {
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
		default:
			r.strange(name, name, r.schema.variable, r.schema.nearestVariable)
		}
	}
	return settings
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

// Kubernetes sets variables for each of its services in every container. Those of
// a service that has the name of this program have this program's prefix; they
// are neither settings nor mistakes.
var serviceLink = regexp.MustCompile(`^([^=]*?)_(PORT(_\d+_(TCP|UDP|SCTP))?=(tcp|udp|sctp)://\S+` +
	`|PORT_\d+_(TCP|UDP|SCTP)_(PROTO=(tcp|udp|sctp)|PORT=\d+|ADDR=[0-9a-fA-F.:]+)` +
	`|SERVICE_(HOST=[0-9a-fA-F.:]+|PORT(_[A-Z0-9_]+)?=\d+))$`)

// isServiceLink reports whether Kubernetes set the variable. One that is also
// that of a key is the key's, unless there is one for the host of the service.
func isServiceLink(name string, values map[string]string, s *schema) bool {
	found := serviceLink.FindStringSubmatch(name + "=" + strings.TrimSpace(values[name]))
	if found == nil {
		return false
	}
	_, host := values[found[1]+"_SERVICE_HOST"]
	return host || s.byVar[name] == nil
}
