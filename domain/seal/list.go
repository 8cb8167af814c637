package seal

import (
	"maps"
	"slices"
	"strings"
)

// Sums are the checksums of files by their paths.
type Sums map[string]string

// ParseSums reads a list of lines "SHA-256  path". Other lines are skipped.
func ParseSums(text []byte) Sums {
	s := Sums{}
	for line := range strings.Lines(string(text)) {
		if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			s[name] = sum
		}
	}
	return s
}

// Text returns the list that ParseSums reads, in the order of the paths.
func (s Sums) Text() []byte {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s)) {
		b.WriteString(s[name] + "  " + name + "\n")
	}
	return []byte(b.String())
}

// Union returns what either of two lists has. Where both have a path, newer wins.
func (s Sums) Union(newer Sums) Sums {
	both := maps.Clone(s)
	maps.Copy(both, newer)
	return both
}
