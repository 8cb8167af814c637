// Package merge applies the changes of a text to an edited copy of it.
package merge

import (
	"slices"
	"strings"
)

// Gap is a change that has no place in the edited text, because the lines around it were
// edited as well.
type Gap struct {
	Before  string   // the line of the original text before the change; "" at the beginning
	Lines   []string // the lines to insert
	After   string   // the line after the change; "" at the end
	Instead bool     // the change also replaces lines that were edited
}

// Lines returns mine with the differences between base and after applied. Every line of
// mine stays, except unedited lines that after does not have. Differences in white space
// are ignored. Changes that have no place are left out and returned as gaps.
func Lines(base, mine, after string) (string, []Gap) {
	b, m, a := split(base), split(mine), split(after)
	place := Match(base, mine)
	edits := editsOf(Match(base, after), a)
	var gaps []Gap
	for _, e := range slices.Backward(edits) { // from the end, so that earlier positions stay valid
		at, end, ok := e.within(place, len(m))
		switch {
		case ok && at == end && begins(m[at:], e.lines), !ok && holds(m, e.lines):
			continue // it was already done by hand
		case !ok:
			gaps = append(gaps, Gap{Before: lineAt(b, e.at-1), Lines: trimmed(e.lines), After: lineAt(b, e.end), Instead: e.end > e.at})
			continue
		}
		m = slices.Replace(m, at, end, e.lines...)
	}
	slices.Reverse(gaps)
	return strings.Join(m, ""), gaps
}

// Prose returns mine with the differences between base and after applied, as Lines does, as far
// as they have a place: lines come behind the text that they followed. What has none is left out.
func Prose(base, mine, after string) string {
	b, m, a := split(base), split(mine), split(after)
	place := Match(base, mine)
	for _, e := range slices.Backward(editsOf(Match(base, after), a)) {
		at, end, ok := e.behind(b, m, place)
		if e.end > e.at {
			at, end, ok = e.within(place, len(m))
		}
		if ok && !holds(m, e.lines) {
			m = slices.Replace(m, at, end, e.lines...)
		}
	}
	return strings.Join(m, "")
}

// Similarity returns how much of a text is in another one, from 0 to 1.
func Similarity(text, other string) float64 {
	found, place := 0, Match(text, other)
	for _, at := range place {
		if at >= 0 {
			found++
		}
	}
	return float64(found) / float64(max(len(place), 1))
}

// Same reports whether two texts differ only in white space.
func Same(a, b string) bool {
	return slices.EqualFunc(split(a), split(b), func(a, b string) bool { return plain(a) == plain(b) })
}

// edit replaces lines at to end of base.
type edit struct {
	at, end int
	lines   []string
}

// editsOf returns the edits that turn base into the text, given the places of the lines
// of base in the text.
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

// begins reports whether a text begins with the lines, ignoring white space.
func begins(text, lines []string) bool {
	return len(text) >= len(lines) && slices.Equal(normal(text[:len(lines)]), normal(lines))
}

// holds reports whether a text contains the lines in sequence.
func holds(text, lines []string) bool {
	for i := range text {
		if len(lines) > 0 && begins(text[i:], lines) {
			return true
		}
	}
	return false
}

// within returns where the edit applies in a text of n lines, given the places of the
// lines of base in that text.
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
		at++ // after the line before the edit
	case e.at < len(place):
		at = place[e.at] // before the line after the edit
	case len(place) == 0:
		at = n
	}
	return at, at, at >= 0
}

// behind returns where lines are inserted in the text m, given the places of the lines of base
// in it: behind the last line before them that is not empty, and as many empty ones.
func (e edit) behind(base, m []string, place []int) (at, end int, ok bool) {
	last := e.at - 1
	for last >= 0 && plain(base[last]) == "" {
		last--
	}
	if last < 0 || place[last] < 0 {
		return 0, 0, false
	}
	at = place[last] + e.at - last
	if at > len(m) {
		return 0, 0, false
	}
	isText := func(line string) bool { return plain(line) != "" }
	return at, at, !slices.ContainsFunc(m[place[last]+1:at], isText)
}

// lineAt returns a line without surrounding white space, or "" if there is none.
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

// split returns the lines of a text, including their line ends.
func split(text string) []string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	lines := strings.SplitAfter(text, "\n")
	return lines[:len(lines)-1]
}

// plain returns a line with its white space normalized.
func plain(line string) string { return strings.Join(strings.Fields(line), " ") }

// Match returns the place of each line of a text in another one, or -1. It matches as
// many lines as possible in the same order, ignoring white space.
func Match(text, other string) []int {
	a, b := normal(split(text)), normal(split(other))
	longest := make([][]int, len(a)+1) // common subsequence from lines i and j on
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
