package config

import (
	"cmp"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
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

// Flags returns a flag for each key of the struct that target points to. They
// are to be parsed and given to Load, and are hidden, since there are many.
func Flags(target any) (*pflag.FlagSet, error) {
	s, err := schemaOf(target, "")
	if err != nil {
		return nil, err
	}
	return s.flags(), nil
}

func (s *schema) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for path, k := range s.byPath {
		flags.String(path, "", "must be "+wanted(k.kind))
		flags.Lookup(path).Hidden = true
	}
	return flags
}

const setFlag = "--set"

// flags returns the settings of the flags that were given, those of the form
// --set key=value among them.
func (r *reader) flags(flags *pflag.FlagSet, set []string) layer {
	inSet := r.setFlags(flags, set)
	settings := layer{}
	flags.VisitAll(func(f *pflag.Flag) {
		if k := r.schema.byPath[f.Name]; k != nil && f.Changed {
			r.put(settings, k, f.Value.String(), cmp.Or(inSet[f.Name], "--"+f.Name))
		}
	})
	return settings
}

// setFlags sets the flags that texts of the form key=value name, and returns
// which they are. The last text of a key counts.
func (r *reader) setFlags(flags *pflag.FlagSet, texts []string) map[string]string {
	sources := map[string]string{}
	for _, text := range texts {
		path, value, ok := strings.Cut(text, "=")
		switch {
		case !ok:
			r.note(setFlag+" "+beginning(text), "", "must be key=value, such as --set %s=…", append(r.schema.names("", asWritten), "key")[0])
		case r.schema.byPath[path] == nil:
			r.strange(setFlag+" "+quoted(path), path, asWritten, r.schema.nearestPath)
		default:
			_ = flags.Set(path, value) // it is a string: any text will do
			sources[path] = setFlag
		}
	}
	return sources
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
