// Package finding describes problems in a project: what is wrong, where, and what to do
// about it.
package finding

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Finding is one problem.
type Finding struct {
	File    string // relative to the project, with slashes
	Line    int    // from 1
	Column  int    // from 1, in bytes; 0 for the whole line
	Rule    string // the name of the broken rule, such as domain-imports
	Message string // what is wrong
	Advice  string // what to do; "" if the message says it
	Note    bool   // it is worth knowing, and not wrong
	About   string // the package whose import or symbol is forbidden, as an import path or a folder; "" for other rules
}

// At returns a finding at a position: file, file:line, or file:line:column.
func At(pos, rule, message, advice string) Finding {
	f := Finding{Line: 1, Rule: rule, Message: oneLine(message), Advice: oneLine(advice)}
	rest, last, ok := cutNumber(pos)
	if !ok {
		f.File = pos
		return f
	}
	if file, line, two := cutNumber(rest); two {
		f.File, f.Line, f.Column = file, line, last
	} else {
		f.File, f.Line = rest, last
	}
	return f
}

// cutNumber cuts a number off the end of a position.
func cutNumber(pos string) (before string, n int, ok bool) {
	i := strings.LastIndexByte(pos, ':')
	if i < 0 {
		return pos, 0, false
	}
	n, err := strconv.Atoi(pos[i+1:])
	return pos[:i], n, err == nil && n > 0
}

// oneLine joins the lines of a text.
func oneLine(text string) string {
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, " ")
}

// Position returns file:line:column, leaving out zeros.
func Position(file string, line, column int) string {
	for _, n := range []int{line, column} {
		if n > 0 {
			file += ":" + strconv.Itoa(n)
		}
	}
	return file
}

// Place returns the position as file:line or file:line:column.
func (f Finding) Place() string { return Position(f.File, f.Line, f.Column) }

// Text returns what is wrong and what to do, without the position.
func (f Finding) Text() string {
	if f.Advice == "" {
		return f.Message
	}
	return f.Message + "; " + f.Advice
}

// String returns the position and the text.
func (f Finding) String() string { return f.Place() + ": " + f.Text() }

// Compare orders findings by position, then by rule and message.
func Compare(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
		cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message),
	)
}

// Sorted returns the findings in order, without duplicates.
func Sorted(all []Finding) []Finding {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, Compare)
	return slices.Compact(sorted)
}
