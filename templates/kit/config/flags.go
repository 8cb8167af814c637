package config

import (
	"cmp"
	"strings"

	"github.com/spf13/pflag"
)

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
