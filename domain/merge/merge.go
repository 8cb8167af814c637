// Package merge brings what changes in a text into a copy of it that was edited since.
package merge

import (
	"slices"
	"strings"
)

// Gap is a change that has no place in the edited text: what it follows and precedes
// there was edited as well.
type Gap struct {
	Before  string   // the line of the text as it was that the change follows; "" at its beginning
	Lines   []string // what was to come
	After   string   // the line that it precedes; "" at the end
	Instead bool     // lines that were edited were to go
}

// Lines returns mine with what after has otherwise than base. Every line of mine stays
// but for those that after has not, and that nobody has edited. How a line is spaced is
// no difference. Changes that have no place are returned as gaps; the text is without
// them then.
func Lines(base, mine, after string) (string, []Gap) {
	b, m, a := split(base), split(mine), split(after)
	place := Match(base, mine)
	edits := editsOf(Match(base, after), a)
	var gaps []Gap
	for _, e := range slices.Backward(edits) { // so that places before stay
		at, end, ok := e.within(place, len(m))
		switch {
		case ok && at == end && begins(m[at:], e.lines), !ok && holds(m, e.lines):
			continue // somebody was told to do it by hand, and has
		case !ok:
			gaps = append(gaps, Gap{Before: lineAt(b, e.at-1), Lines: trimmed(e.lines), After: lineAt(b, e.end), Instead: e.end > e.at})
			continue
		}
		m = slices.Replace(m, at, end, e.lines...)
	}
	slices.Reverse(gaps)
	return strings.Join(m, ""), gaps
}

// Similarity is how much of a text is in another one, from 0 to 1.
func Similarity(text, other string) float64 {
	found, place := 0, Match(text, other)
	for _, at := range place {
		if at >= 0 {
			found++
		}
	}
	return float64(found) / float64(max(len(place), 1))
}

// Same reports whether two texts differ in how they are spaced alone.
func Same(a, b string) bool {
	return slices.EqualFunc(split(a), split(b), func(a, b string) bool { return plain(a) == plain(b) })
}

// edit replaces the lines of base from at to end.
type edit struct {
	at, end int
	lines   []string
}

// editsOf returns what makes a text of base, given where its lines are in the text.
func editsOf(place []int, text []string) (edits []edit) {
	at, next := 0, 0
	for i := 0; i <= len(place); i++ {
		to := len(text)
		if i < len(place) {
			if to = place[i]; to < 0 {
				continue
			}
		}
		if i > at || to > next {
			edits = append(edits, edit{at: at, end: i, lines: text[next:to]})
		}
		at, next = i+1, to+1
	}
	return edits
}

// begins reports whether a text begins with the lines, however they are spaced.
func begins(text, lines []string) bool {
	return len(text) >= len(lines) && slices.Equal(normal(text[:len(lines)]), normal(lines))
}

// holds reports whether a text has the lines, one behind the other.
func holds(text, lines []string) bool {
	for i := range text {
		if len(lines) > 0 && begins(text[i:], lines) {
			return true
		}
	}
	return false
}

// within returns where the edit is in a text of n lines, given where the lines of base
// are there.
func (e edit) within(place []int, n int) (at, end int, ok bool) {
	if e.end > e.at {
		at, end = place[e.at], place[e.end-1]+1
		return at, end, at >= 0 && end-at == e.end-e.at && !slices.Contains(place[e.at:e.end], -1)
	}
	at = -1
	if e.at > 0 {
		at = place[e.at-1]
	}
	switch {
	case at >= 0:
		at++ // behind what it follows
	case e.at < len(place):
		at = place[e.at] // before what it precedes
	case len(place) == 0:
		at = n
	}
	return at, at, at >= 0
}

// lineAt returns a line without the space around it, or "" where there is none.
func lineAt(lines []string, i int) string {
	if i < 0 || i >= len(lines) {
		return ""
	}
	return strings.TrimSpace(lines[i])
}

func trimmed(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = strings.TrimSuffix(line, "\n")
	}
	return out
}

// split returns the lines of a text, each with its end.
func split(text string) []string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	lines := strings.SplitAfter(text, "\n")
	return lines[:len(lines)-1]
}

// plain returns a line however it is spaced.
func plain(line string) string { return strings.Join(strings.Fields(line), " ") }

// Match returns where each line of a text is in another one, in the same order for as
// many lines as possible; -1 for those that are not. How a line is spaced is no
// difference.
func Match(text, other string) []int {
	a, b := normal(split(text)), normal(split(other))
	longest := make([][]int, len(a)+1) // of what begins at the ith and at the jth line
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	place := make([]int, len(a))
	for i, j := 0, 0; i < len(a); i++ {
		for j < len(b) && a[i] != b[j] && longest[i][j+1] >= longest[i+1][j] {
			j++
		}
		if j < len(b) && a[i] == b[j] {
			place[i] = j
			j++
		} else {
			place[i] = -1
		}
	}
	return place
}

func normal(lines []string) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = plain(line)
	}
	return out
}
