package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// welcome are the prefixes of files that may exist before a project is created.
var welcome = []string{"LICENSE", "LICENCE", "COPYING", "README"}

// Room returns the files to create in a folder with the entries, which are all files
// except those that already exist. It refuses a folder that contains anything but .git,
// a licence and a README, naming some of its entries.
func Room(dir string, entries []string, files []File) ([]File, error) {
	if others := slices.DeleteFunc(slices.Clone(entries), leavesRoom); len(others) > 0 {
		return nil, Refusal{fmt.Errorf("%s is not empty: it contains %s; choose another folder", dir, some(others, 3))}
	}
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool {
		return slices.ContainsFunc(entries, func(name string) bool { return strings.EqualFold(name, f.Path) })
	}), nil
}

// leavesRoom reports whether a project can be created next to a file with the name.
func leavesRoom(name string) bool {
	if name == ".git" {
		return true
	}
	for _, w := range welcome {
		rest, ok := strings.CutPrefix(strings.ToUpper(name), w)
		if ok && (rest == "" || strings.ContainsRune(".-_", rune(rest[0]))) {
			return true
		}
	}
	return false
}

// some lists the first n names, and says how many more there are.
func some(names []string, n int) string {
	more := ""
	if len(names) > n {
		more = fmt.Sprintf(" and %d more", len(names)-n)
		names = names[:n]
	}
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = name
		if quoted := strconv.Quote(name); quoted[1:len(quoted)-1] != name {
			shown[i] = quoted
		}
	}
	return strings.Join(shown, ", ") + more
}
