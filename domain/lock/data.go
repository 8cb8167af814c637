package lock

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Data is what a migration does with the rows that are there.
type Data struct {
	Column string
	Since  int      // the version of the migration
	Fill   bool     // rows with NULL get the value; otherwise there must be no row with another one
	Values []string // the value of Fill, or those that rows may have
}

// The keywords of the text.
const (
	wordFill = "fill"
	wordOnly = "only"
)

// isLike reports whether both do the same.
func (d Data) isLike(other Data) bool {
	return d.Column == other.Column && d.Fill == other.Fill && slices.Equal(d.Values, other.Values)
}

// only has the next migration see to it that no row has a value of an enumeration that is
// gone.
func (l *Lock) only(t *model.Type, key string) {
	values := make([]string, len(t.Values))
	for i, v := range t.Values {
		values[i] = v.Text
	}
	typ := string(model.String) + "(" + key + ")"
	for _, r := range l.structs {
		for _, f := range r.fields {
			d := Data{Column: f.column, Values: values}
			isNew := !slices.ContainsFunc(r.data, func(other Data) bool { return other.Since == 0 && other.isLike(d) })
			if r.table != "" && f.since > 0 && !f.gone && (f.typ == typ || f.typ == typ+"?") && isNew {
				r.data = append(r.data, d)
			}
		}
	}
}

// dated gives what is to be done with the rows of a table the version of the next migration,
// and reports whether there is anything.
func (r *record) dated(next int) (found bool) {
	for i := range r.data {
		if r.data[i].Since == 0 {
			r.data[i].Since, found = next, true
		}
	}
	return found
}

// parseData parses "fill notes 3 "none"" or "only status 3 "draft" "paid"".
func (r *record) parseData(words []string) error {
	if len(words) < 4 || words[0] == wordFill && len(words) > 4 {
		return errors.New(`want "fill COLUMN MIGRATION VALUE" or "only COLUMN MIGRATION VALUES"`)
	}
	d := Data{Column: words[1], Fill: words[0] == wordFill}
	var err error
	for _, word := range words[3:] {
		value, invalid := parseQuoted(word)
		d.Values, err = append(d.Values, value), cmp.Or(err, invalid)
	}
	since, invalid := parseSince(words[2])
	d.Since = since
	r.data = append(r.data, d)
	if f, ok := r.column(d.Column); !ok || f.since == 0 {
		invalid = cmp.Or(invalid, fmt.Errorf("no field above has the column %+.60q", d.Column))
	}
	return cmp.Or(err, invalid)
}

func (r *record) writeData(b *bytes.Buffer) {
	for _, d := range r.data {
		words := []string{" ", wordOnly, d.Column, strconv.Itoa(d.Since)}
		if d.Fill {
			words[1] = wordFill
		}
		for _, v := range d.Values {
			words = append(words, quoted(v))
		}
		writeLine(b, words, false)
	}
}

// dataOf returns what both do with rows, each migration's once and in the order of the branch
// that has it.
func dataOf(ours, theirs *record) []Data {
	all := slices.Clone(ours.data)
	for _, t := range theirs.data {
		if !slices.ContainsFunc(all, func(o Data) bool { return o.Since == t.Since && o.isLike(t) }) {
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b Data) int { return cmp.Compare(a.Since, b.Since) })
	return all
}
