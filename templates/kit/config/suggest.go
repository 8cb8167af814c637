package config

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// meant returns a question about a name, or "" for "".
func meant(name string) string {
	if name == "" {
		return ""
	}
	return "; did you mean " + name + "?"
}

// DidYouMean returns a question about the candidate that a person most likely meant
// by a name, to end a message with, or "" if none is near.
func DidYouMean(name string, candidates []string) string { return meant(nearest(name, candidates)) }

// nearest returns the candidate that a person most likely meant, or "" where
// none is near.
func nearest(name string, candidates []string) string {
	name = normal(name)
	best, least := "", max(2, len(name)/4)+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(name, normal(c)); d < least && d < max(len(name), len(c)) {
			best, least = c, d
		}
	}
	return best
}

func normal(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// nearestName returns what a person most likely meant by the name of no key: the section or
// key that is written almost so, or else the only key that ends so.
func nearestName(name, end string, keys, sections []string) string {
	if near := nearest(name, slices.Concat(sections, keys)); near != "" {
		return near
	}
	ending := slices.DeleteFunc(keys, func(k string) bool { return !strings.HasSuffix(k, end) })
	if len(ending) == 1 {
		return ending[0]
	}
	return ""
}

// nearestPath returns the key or section that a person most likely meant by a path.
func (s *schema) nearestPath(path string) string {
	end := "." + normal(path[strings.LastIndexByte(path, '.')+1:])
	return nearestName(path, end, s.names("", asWritten), s.sections)
}

// nearestVariable is nearestPath for the names of variables.
func (s *schema) nearestVariable(name string) string {
	return nearestName(name, strings.TrimPrefix(name, s.prefix), s.names("", s.variable), nil)
}

func asWritten(path string) string { return path }
