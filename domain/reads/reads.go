// Package reads reads the statements of a store without an entity, which people write by
// hand: one file has those of all its methods, for all databases.
package reads

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Statements are texts of statements by the heading before them: "Revenue", or "Revenue on
// postgres".
type Statements map[string]string

// Of returns the statement of a method on an adapter, or "".
func (s Statements) Of(method, adapter string) string {
	return cmp.Or(s[method+" on "+adapter], s[method])
}

// heading matches the line before a statement.
var heading = regexp.MustCompile(`^--\s*([A-Z]\w*(?: on \w+)?)\s*$`)

// Parse reads the statements of a port's methods from a file. It reports what is of no method
// or of no adapter, and methods without a statement.
func Parse(file, text string, port *model.Interface, adapters []string, problems *model.Problems) Statements {
	all, current := Statements{}, ""
	for i, line := range strings.Split(text, "\n") {
		at := fmt.Sprintf("%s:%d:1", file, i+1)
		if found := heading.FindStringSubmatch(line); found != nil {
			current = found[1]
			checkHeading(at, current, port, adapters, problems)
			if _, twice := all[current]; twice {
				problems.Add(at, "there are two statements of "+current, "remove one of them")
			}
			all[current] = ""
			continue
		}
		if isComment := strings.HasPrefix(line, "--"); current == "" && !isComment && strings.TrimSpace(line) != "" {
			problems.Add(at, "a statement of no method", "write the name of the method before it: -- "+port.Methods[0].Name)
			return all
		} else if current != "" && !isComment {
			all[current] += line + "\n"
		}
	}
	for current, text := range all {
		all[current] = strings.TrimSuffix(strings.TrimSpace(text), ";")
	}
	for _, m := range port.Methods {
		for _, adapter := range adapters {
			if all.Of(m.Name, adapter) == "" {
				problems.Add(m.Pos, m.Name+" has no statement for "+adapter, "write it in "+file+", after a line -- "+m.Name+" or -- "+m.Name+" on "+adapter)
			}
		}
	}
	return all
}

// checkHeading reports a heading that names no method, or no adapter.
func checkHeading(at, text string, port *model.Interface, adapters []string, problems *model.Problems) {
	method, adapter, isOf := strings.Cut(text, " on ")
	if !slices.ContainsFunc(port.Methods, func(m model.Method) bool { return m.Name == method }) {
		problems.Add(at, port.Name+" has no method "+method, "rename one of them, or leave out the --")
	}
	if isOf && !slices.Contains(adapters, adapter) {
		problems.Add(at, "the project has no adapter store/"+adapter, "remove the statement, or run: outgrow add store/"+adapter)
	}
}
