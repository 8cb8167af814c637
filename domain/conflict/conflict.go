// Package conflict reads what git leaves where two branches change the same lines.
package conflict

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Sides are what a file was before two branches, and what each has made of it.
type Sides struct {
	Base, Ours, Theirs []byte // nil where it is not known, or there is no such file
	// Whole tells that these are the files themselves. What is read from between
	// markers has in it what git merged without a conflict.
	Whole bool
}

// In reports whether a text has conflicts in it.
func In(data []byte) bool {
	_, ok := Read(data)
	return ok
}

// Line returns the line of the first conflict, from 1.
func Line(data []byte) int {
	line := 1
	for text := range strings.Lines(string(plan.LF(data))) {
		if marks(text, ours) {
			return line
		}
		line++
	}
	return line
}

// The markers.
const (
	ours   = "<<<<<<<"
	base   = "|||||||" // in the styles diff3 and zdiff3
	theirs = "======="
	end    = ">>>>>>>"
)

// marks reports whether a line is a marker. Those of conflicts within a base are longer.
func marks(line, marker string) bool {
	line = strings.TrimSuffix(line, "\n")
	return line == marker || strings.HasPrefix(line, marker+" ")
}

// Read returns the sides of a text with conflicts. It reports false for a text that has
// none, or not all of one.
func Read(data []byte) (Sides, bool) {
	r := reader{allBased: true}
	for line := range strings.Lines(string(plan.LF(data))) {
		if !r.line(line) {
			return Sides{}, false
		}
	}
	s := Sides{Ours: []byte(r.ours.String()), Theirs: []byte(r.theirs.String())}
	if r.allBased {
		s.Base = []byte(r.base.String())
	}
	return s, r.within == "" && r.conflicts > 0
}

// reader reads a text with conflicts.
type reader struct {
	within             string // the marker that was read last; "" outside of conflicts
	ours, base, theirs strings.Builder
	conflicts          int
	based, allBased    bool // the conflict has a base; all have
}

// follows says which marker may come after which.
var follows = map[string][]string{"": {ours}, ours: {base, theirs}, base: {theirs}, theirs: {end}}

// line reads a line, and reports whether it can stand where it does.
func (r *reader) line(line string) bool {
	for _, marker := range follows[r.within] {
		if marks(line, marker) {
			r.turn(marker)
			return true
		}
	}
	if r.within == "" && marks(line, end) {
		return false
	}
	r.take(line)
	return true
}

// turn begins what is behind a marker.
func (r *reader) turn(marker string) {
	r.within = marker
	switch marker {
	case ours:
		r.conflicts, r.based = r.conflicts+1, false
	case base:
		r.based = true
	case end:
		r.within, r.allBased = "", r.allBased && r.based
	}
}

// take gives a line to the sides that have it.
func (r *reader) take(line string) {
	if r.within == "" || r.within == ours {
		r.ours.WriteString(line)
	}
	if r.within == "" || r.within == base {
		r.base.WriteString(line)
	}
	if r.within == "" || r.within == theirs {
		r.theirs.WriteString(line)
	}
}
