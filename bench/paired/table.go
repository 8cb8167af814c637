package paired

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Table writes the results as a table of Markdown.
func Table(w io.Writer, results []Result) error {
	var b strings.Builder
	b.WriteString("| | A | B | figure | A | B | A / B | target | |\n|---|---|---|---|--:|--:|--:|--:|:-:|\n")
	for _, r := range results {
		r.Row.A = cmp.Or(r.Row.A, "outgrow")
		if r.Skipped {
			fmt.Fprintf(&b, "| %s | %s | %s | | | | | | left out |\n", r.Row.Title, r.Row.A, r.Row.B)
			continue
		}
		for i, m := range r.Lines {
			title, who, whom := r.Row.Title, r.Row.A, r.Row.B
			if i > 0 {
				title, who, whom = "", "", ""
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
				title, who, whom, m.Figure, number(m.A.Median), m.other(), m.ratio(), m.target(), m.mark())
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// other tells the figure of B, if there is one.
func (m Measured) other() string {
	if m.B == (Spread{}) && m.Ratio == (Spread{}) {
		return ""
	}
	return number(m.B.Median)
}

// ratio tells it with the least and the most of all pairs.
func (m Measured) ratio() string {
	if m.Ratio == (Spread{}) || math.IsNaN(m.Ratio.Median) || math.IsInf(m.Ratio.Median, 0) {
		return "" // there is none, or none of nothing
	}
	return fmt.Sprintf("**%.2f** (%.2f–%.2f)", m.Ratio.Median, m.Ratio.Least, m.Ratio.Most)
}

func (m Measured) target() string {
	unit := " ×"
	if m.Alone {
		unit = ""
	}
	switch {
	case m.AtLeast != 0:
		return "≥ " + number(m.AtLeast) + unit
	case m.AtMost != 0:
		return "≤ " + number(m.AtMost) + unit
	}
	return ""
}

func (m Measured) mark() string {
	switch {
	case m.AtLeast == 0 && m.AtMost == 0:
		return ""
	case m.Met():
		return "✓"
	}
	return "short"
}

// number tells three digits, or all that are before the point.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v >= 100:
		return thousands(int64(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
