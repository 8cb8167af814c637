// Package migration says what is wrong with the migrations of a project's stores:
// files VERSION_name.sql in a folder for each, of which those that are derived stand
// in outgrow.lock as well. They may be applied in any order: branches are merged.
package migration

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/finding"
	"github.com/outgrowkit/outgrow/domain/lock"
)

// Number returns the number at the beginning of a migration's file name, or 0.
func Number(name string) int {
	digits, _, _ := strings.Cut(path.Base(name), "_")
	n, err := strconv.Atoi(digits)
	if err != nil || n > lock.Latest {
		return 0
	}
	return n
}

// Folder returns the folder of a store's migrations.
func Folder(store string) string { return path.Join("adapters", store, "migrations") }

// Check returns the problems with the migrations at the paths. All stores must have the
// same migrations. derived are the paths of the migrations that the lock lists; missing
// ones are reported elsewhere.
func Check(paths, stores, derived []string) []finding.Finding {
	c := check{there: map[string]map[int]string{}, derived: map[string]map[int]string{}}
	for _, name := range derived {
		enter(c.derived, name)
	}
	isDerived := func(name string) bool { return slices.Contains(derived, name) }
	for _, name := range slices.Sorted(slices.Values(paths)) {
		if isDerived(name) {
			c.take(name) // first, so that a clash is reported for the other file
		}
	}
	for _, name := range slices.Sorted(slices.Values(paths)) {
		if !isDerived(name) {
			c.take(name)
		}
	}
	c.locked()
	c.sided(stores)
	return c.found
}

type check struct {
	there, derived map[string]map[int]string // paths by folder and number
	found          []finding.Finding
}

// enter records a migration, unless there is one with the same number, which it returns.
func enter(to map[string]map[int]string, name string) (other string) {
	folder, n := path.Dir(name), Number(name)
	if to[folder] == nil {
		to[folder] = map[int]string{}
	}
	if other = to[folder][n]; other == "" {
		to[folder][n] = name
	}
	return other
}

// renumber is the advice where two migrations have one number.
const renumber = "give the one that has not been applied anywhere another number, in its file name, in the other stores, and in " + lock.File

// take records a migration, and reports it if its number is missing or in use.
func (c *check) take(name string) {
	if Number(name) == 0 {
		c.report(name, "migration-name", "the file name does not begin with a number and _", "rename it to begin with the time in UTC "+
			"and three digits of your choice, as in 20261126204315123_add_an_index.sql")
		return
	}
	if other := enter(c.there, name); other != "" {
		c.report(name, "migration-twice", "this migration has the same number as "+path.Base(other),
			renumber)
	}
}

// locked reports migrations whose number belongs to another one in the lock.
func (c *check) locked() {
	for folder, numbers := range c.derived {
		for n, want := range numbers {
			if name := c.there[folder][n]; name != "" && name != want {
				c.report(name, "migration-lock", fmt.Sprintf("%s says that migration %d is %s", lock.File, n, path.Base(want)),
					"rename it to that if both do the same; if not, "+renumber)
			}
		}
	}
}

// sided reports migrations that one store has and another does not.
func (c *check) sided(stores []string) {
	for _, has := range stores {
		for _, n := range slices.Sorted(maps.Keys(c.there[Folder(has)])) {
			for _, lacks := range stores {
				if folder := Folder(lacks); c.there[folder][n] == "" && c.derived[folder][n] == "" {
					c.report(c.there[Folder(has)][n], "migration-missing", fmt.Sprintf("%s has no migration %d", lacks, n),
						"write one, even if it does nothing: stores can only be swapped if they have the same tables")
				}
			}
		}
	}
}

func (c *check) report(file, rule, message, advice string) {
	c.found = append(c.found, finding.At(file, rule, message, advice))
}
