package seal

import (
	"maps"
	"slices"
	"strings"
)

// UnionList returns a list of checksums with what either of two has: lines "SHA-256  path"
// in the order of the paths, as sha256sum reads them. Where both have a path, the newer
// list wins.
func UnionList(older, newer []byte) []byte {
	lines := map[string]string{}
	for _, list := range [][]byte{older, newer} {
		for line := range strings.Lines(string(list)) {
			if sum, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
				lines[name] = sum + "  " + name + "\n"
			}
		}
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		b.WriteString(lines[name])
	}
	return []byte(b.String())
}
