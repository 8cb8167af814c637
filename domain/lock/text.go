package lock

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const heading = `# The names of columns and JSON members, for good: this file only grows. Commit it.
# A line of a struct is a number, the field in Go, its JSON member, its column, its
# type and, where it is kept, the migration that made the column. A field that was
# renamed in Go has its new name here, and one that was removed has "gone" at the end:
# outgrow generate --rename order.notes=order.remarks, or --drop order.notes.
`

// The words of the text.
const (
	wordStruct = "struct"
	wordTable  = "table"
	wordIndex  = "index"
	wordGone   = "gone"
)

// Parse reads the text of a lock. The error has a line for each line of the text
// that cannot be read.
func Parse(data []byte) (Lock, error) {
	l := Lock{structs: map[string]*record{}}
	var current *record
	var errs []error
	for i, line := range strings.Split(string(data), "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		var err error
		switch {
		case words[0] == wordStruct:
			current, err = l.parseStruct(words, i+1)
		case current == nil:
			err = errors.New("a line before the first struct")
		case words[0] == wordIndex:
			err = current.parseIndex(words)
		default:
			err = current.parseField(words)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d:1: %w", File, i+1, err))
		}
	}
	return l, errors.Join(errs...)
}

// cutGone returns the words without a last one that says that something is gone.
func cutGone(words []string) ([]string, bool) {
	if last := len(words) - 1; words[last] == wordGone {
		return words[:last], true
	}
	return words, false
}

// parseStruct reads "struct order.Order" or "struct order.Order table orders".
func (l *Lock) parseStruct(words []string, line int) (*record, error) {
	words, gone := cutGone(words)
	r := &record{line: line, gone: gone}
	switch {
	case len(words) == 4 && words[2] == wordTable:
		r.table = words[3]
	case len(words) != 2:
		return r, errors.New(`want "struct NAME" or "struct NAME table TABLE"`)
	}
	if l.structs[words[1]] != nil {
		return r, fmt.Errorf("a second struct %s", words[1])
	}
	l.structs[words[1]] = r
	return r, nil
}

// parseIndex reads "index customer,status 2".
func (r *record) parseIndex(words []string) error {
	if len(words) == 3 {
		if since, err := strconv.Atoi(words[2]); err == nil && since > 0 {
			r.indexes = append(r.indexes, Index{Columns: strings.Split(words[1], ","), Since: since})
			return nil
		}
	}
	return errors.New(`want "index COLUMNS MIGRATION"`)
}

// parseField reads "2 Customer customer customer string 2".
func (r *record) parseField(words []string) error {
	words, gone := cutGone(words)
	if len(words) != 5 && len(words) != 6 {
		return errors.New(`want "NUMBER FIELD MEMBER COLUMN TYPE MIGRATION"`)
	}
	f := field{name: words[1], wire: words[2], column: words[3], typ: words[4], gone: gone}
	var err error
	if f.number, err = strconv.Atoi(words[0]); err != nil || f.number != len(r.fields)+1 {
		return fmt.Errorf("the number is %s, want %d", words[0], len(r.fields)+1)
	}
	if len(words) == 6 {
		if f.since, err = strconv.Atoi(words[5]); err != nil || f.since < 1 {
			return fmt.Errorf("the migration is %s, want a number", words[5])
		}
	}
	for _, other := range r.fields {
		if other.name == f.name && !other.gone && !gone || other.wire == f.wire || other.column == f.column {
			return fmt.Errorf("a second field %s, %s or %s", f.name, f.wire, f.column)
		}
	}
	r.fields = append(r.fields, f)
	return nil
}

// Text returns the lock as it is written.
func (l *Lock) Text() []byte {
	var b bytes.Buffer
	b.WriteString(heading)
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		r := l.structs[key]
		words := []string{"\n" + wordStruct, key}
		if r.table != "" {
			words = append(words, wordTable, r.table)
		}
		writeLine(&b, words, r.gone)
		for _, f := range r.fields {
			words := []string{" ", strconv.Itoa(f.number), f.name, f.wire, f.column, f.typ}
			if f.since > 0 {
				words = append(words, strconv.Itoa(f.since))
			}
			writeLine(&b, words, f.gone)
		}
		for _, index := range r.indexes {
			writeLine(&b, []string{" ", wordIndex, strings.Join(index.Columns, ","), strconv.Itoa(index.Since)}, false)
		}
	}
	return b.Bytes()
}

func writeLine(b *bytes.Buffer, words []string, gone bool) {
	if gone {
		words = append(words, wordGone)
	}
	b.WriteString(strings.Join(words, " ") + "\n")
}
