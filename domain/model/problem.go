package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Problem is something in a project that keeps files from being derived.
type Problem struct {
	Pos     string // file:line:column
	What    string // what is wrong
	Instead string // what to do instead
}

// Problems is an error with all problems of a project, one on each line.
type Problems []Problem

// Add adds a problem.
func (p *Problems) Add(pos, what, instead string) {
	*p = append(*p, Problem{Pos: pos, What: what, Instead: instead})
}

// Err returns the problems sorted by position, without duplicates, or nil if there are
// none.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	sorted := slices.Clone(p)
	slices.SortStableFunc(sorted, func(a, b Problem) int {
		return cmp.Or(comparePositions(a.Pos, b.Pos), cmp.Compare(a.What, b.What))
	})
	return slices.Compact(sorted)
}

// Error returns a line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// String returns "file:line:column: what; instead".
func (p Problem) String() string {
	text := p.What
	if p.Instead != "" {
		text += "; " + p.Instead
	}
	if p.Pos == "" {
		return text
	}
	return p.Pos + ": " + text
}

// comparePositions orders positions by file, then numerically by line and column.
func comparePositions(a, b string) int {
	x, y := strings.Split(a, ":"), strings.Split(b, ":")
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		c := cmp.Compare(x[i], y[i])
		if errM == nil && errN == nil {
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
