package config

import (
	"strings"
)

// meant returns a question to end a sentence with, or nothing for nothing.
func meant(name string) string {
	if name == "" {
		return ""
	}
	return "; did you mean " + name + "?"
}

// nearest returns the candidate that a person most likely meant, or "" where
// none is near.
func nearest(name string, candidates []string) string {
	name = normal(name)
	best, least := "", max(2, len(name)/4)+1
	for _, c := range candidates {
		if d := distance(name, normal(c)); d < least && d < max(len(name), len(c)) {
			best, least = c, d
		}
	}
	return best
}

func normal(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// nearestPath returns the key or section that a person most likely meant by a
// path that is neither: one that is written almost so, or the only one that
// ends so.
func (s *schema) nearestPath(path string) string {
	var keys, all []string
	for _, k := range s.keys {
		keys = append(keys, k.path)
	}
	for _, part := range s.parts[1:] {
		all = append(all, part.path)
	}
	if near := nearest(path, append(all, keys...)); near != "" {
		return near
	}
	return onlyEnding("."+normal(path[strings.LastIndexByte(path, '.')+1:]), keys)
}

// nearestVariable is nearestPath for the names of variables.
func (s *schema) nearestVariable(name string) string {
	var all []string
	for _, k := range s.keys {
		all = append(all, k.variable)
	}
	if near := nearest(name, all); near != "" {
		return near
	}
	return onlyEnding(strings.TrimPrefix(name, s.prefix), all)
}

func onlyEnding(end string, candidates []string) string {
	found := ""
	for _, c := range candidates {
		if !strings.HasSuffix(c, end) {
			continue
		}
		if found != "" {
			return ""
		}
		found = c
	}
	return found
}

// distance returns how many letters must be added, removed, replaced or swapped
// with their neighbour to make one text of the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, above, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			replaced := above[j-1]
			if x[i-1] != y[j-1] {
				replaced++
			}
			row[j] = min(above[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above, row = above, row, before
	}
	return above[len(y)]
}
