package lock

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const heading = `# Column and JSON names are permanent, so this file only grows. Commit it.
# Each line of a struct has the field's name in Go, its JSON name, its column, its type
# and, if it is stored, the migration that creates the column. A field that is renamed
# in Go keeps its line under the new name; a removed one ends with "gone". See
# outgrow generate --rename order.notes=order.remarks and --drop order.notes. The lines
# of an enum are its values; --drop order.Status.sent drops one that nothing has any more.
# If git leaves a merge conflict in this file, outgrow generate resolves it.
`

// The keywords of the text.
const (
	wordStruct     = "struct"
	wordEnum       = "enum"
	wordTable      = "table"
	wordTopic      = "topic"
	wordKey        = "key"
	wordIndex      = "index"
	wordGone       = "gone"
	wordPrefix     = "prefix"
	wordUnique     = "unique"
	wordReferences = "references"
	wordNext       = "next"
	wordUntil      = "until"

	wordChildren = "children"
	wordMoved    = "moved"
)

// Parse parses the text of a lock. The error has a line for each invalid line of the
// text.
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
		case words[0] == wordStruct, words[0] == wordEnum:
			current, err = l.parseStruct(words, i+1)
		case words[0] == wordChildren:
			current, err = l.parseChildren(words, i+1)
		case current == nil:
			err = errors.New("a line before the first struct")
		case current.enum:
			err = current.parseValue(words)
		case words[0] == wordIndex:
			err = current.parseIndex(words)
		case words[0] == wordUnique:
			err = current.parseUnique(words)
		case words[0] == wordReferences:
			err = current.parseReference(words)
		case words[0] == wordNext:
			err = current.parseNext(words)
		case words[0] == wordFill, words[0] == wordOnly:
			err = current.parseData(words)
		default:
			err = current.parseField(words)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s:%d:1: %w", File, i+1, err))
		}
	}
	return l, errors.Join(errs...)
}

// The contents of a lock end up in Go, SQL and JSON, and anybody can edit the file: only
// names and types are accepted.
var (
	nameForm   = regexp.MustCompile(`^[\pL_][\pL\p{Nd}_]*$`)
	memberForm = regexp.MustCompile(`^[\pL\p{Nd}_$@.-]+$`)
	structForm = regexp.MustCompile(`^[\pL\p{Nd}_.~/-]+$`)
	typeForm   = regexp.MustCompile(`^[\pL\p{Nd}_.~/?()\[\]-]+$`)
)

// longest is the maximum length of a name or type in bytes.
const longest = 300

// Latest is the last version that a migration can have: a time to the second, and three
// digits.
const Latest = 99_999_999_999_999_999

// check returns an error for the first text that does not match the form.
func check(form *regexp.Regexp, texts ...string) error {
	for _, text := range texts {
		if len(text) > longest || !form.MatchString(text) {
			return fmt.Errorf("%+.60q is not allowed here", text)
		}
	}
	return nil
}

// parseSince parses the number of a migration.
func parseSince(text string) (int, error) {
	since, err := strconv.Atoi(text)
	if err != nil || since < 1 || since > Latest {
		return 0, fmt.Errorf("the migration is %+.20q, want a number", text)
	}
	return since, nil
}

// cutGone removes a last word "gone", and reports whether there was one.
func cutGone(words []string) ([]string, bool) { return cutLast(words, wordGone) }

// cutLast removes a last word, and reports whether it was there.
func cutLast(words []string, word string) ([]string, bool) {
	if last := len(words) - 1; words[last] == word {
		return words[:last], true
	}
	return words, false
}

// parseStruct parses "struct order.Order", "struct order.Order table orders", "struct
// stock.Product table products key code", "struct order.Created topic "order.created"" or "enum order.Status".
func (l *Lock) parseStruct(words []string, line int) (*record, error) {
	words, gone := cutGone(words)
	r := &record{line: line, gone: gone, enum: words[0] == wordEnum}
	switch {
	case r.enum && (len(words) != 2 || gone):
		return r, errors.New(`want "enum NAME"`)
	case len(words) < 2:
		return r, errors.New(`want "struct NAME", "struct NAME table TABLE" or "struct NAME topic TOPIC"`)
	}
	err := cmp.Or(check(structForm, words[1]), r.parseRest(words[2:]))
	if err == nil && l.structs[words[1]] != nil {
		err = fmt.Errorf("duplicate struct %+.60q", words[1])
	}
	if err == nil {
		l.structs[words[1]] = r
	}
	return r, err
}

// parseRest parses what follows the name of a struct: the table of an entity, the topic of
// an event.
func (r *record) parseRest(words []string) error {
	for ; len(words) > 0; words = words[2:] {
		var err error
		switch {
		case len(words) > 1 && words[0] == wordTable && r.table == "":
			r.table = words[1]
			err = check(nameForm, r.table)
		case len(words) > 1 && words[0] == wordKey && r.table != "" && r.key == "":
			r.key = words[1]
			err = r.checkKey()
		case len(words) > 1 && words[0] == wordTopic && r.topic == "":
			r.topic, err = parseQuoted(words[1])
		default:
			err = fmt.Errorf("%+.60q is not \"table TABLE\", \"table TABLE key COLUMN\" or \"topic TOPIC\"", strings.Join(words, " "))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkKey says what is wrong with the columns of a key: "code", or "tenant,code".
func (r *record) checkKey() error {
	columns := strings.Split(r.key, ",")
	if len(columns) > 2 {
		return fmt.Errorf(`the key is %+.60q, want a column, or that of the tenant and another one, as in "key tenant,code"`, r.key)
	}
	return check(nameForm, columns...)
}

// parseQuoted parses what quoted returns.
func parseQuoted(word string) (string, error) {
	text, err := strconv.Unquote(word)
	if err != nil || word[0] != '"' {
		return "", fmt.Errorf(`%+.60q is not in quotes, such as "draft"`, word)
	}
	return text, nil
}

// parseIndex parses "index customer,status 2", or "index customer 2 prefix".
func (r *record) parseIndex(words []string) error {
	words, prefix := cutLast(words, wordPrefix)
	if len(words) != 3 {
		return errors.New(`want "index COLUMNS MIGRATION" or "index COLUMNS MIGRATION prefix"`)
	}
	since, err := parseSince(words[2])
	if err != nil {
		return err
	}
	columns := strings.Split(words[1], ",")
	r.indexes = append(r.indexes, Index{Columns: columns, Since: since, Prefix: prefix})
	return check(nameForm, columns...)
}

// parseValue reads a value of an enumeration, such as "sent".
func (r *record) parseValue(words []string) error {
	words, gone := cutGone(words)
	if len(words) != 1 {
		return errors.New(`want a value in quotes, such as "draft"`)
	}
	text, err := parseQuoted(words[0])
	if err == nil && r.value(text) >= 0 {
		err = fmt.Errorf("duplicate value %+.60q", text)
	}
	r.fields = append(r.fields, field{name: text, wire: text, column: text, gone: gone})
	return err
}

// parseField reads "Customer customer customer string 20261126204315123".
func (r *record) parseField(words []string) error {
	words, gone := cutGone(words)
	table := ""
	if n := len(words); n > 5 && words[n-2] == wordTable {
		words, table = words[:n-2], words[n-1]
	}
	if len(words) != 4 && len(words) != 5 {
		return errors.New(`want "FIELD MEMBER COLUMN TYPE MIGRATION"`)
	}
	f := field{name: words[0], wire: words[1], column: words[2], typ: words[3], table: table, gone: gone}
	err := r.checkField(f)
	if len(words) == 5 && err == nil {
		f.since, err = parseSince(words[4])
	}
	r.fields = append(r.fields, f)
	return err
}

// checkField says what is wrong with a field.
func (r *record) checkField(f field) error {
	for _, other := range r.fields {
		if other.name == f.name && !other.gone && !f.gone || other.wire == f.wire || other.column == f.column {
			return fmt.Errorf("duplicate field %+.60q, %+.60q or %+.60q", f.name, f.wire, f.column)
		}
	}
	if f.table != "" && check(nameForm, f.table) != nil {
		return check(nameForm, f.table)
	}
	return cmp.Or(check(nameForm, f.name, f.column), check(memberForm, f.wire), check(typeForm, f.typ))
}

// Text returns the text of the lock.
func (l *Lock) Text() []byte {
	var b bytes.Buffer
	b.WriteString(heading)
	for _, key := range slices.Sorted(maps.Keys(l.structs)) {
		r := l.structs[key]
		if r.enum {
			r.writeEnum(&b, key)
			continue
		}
		words := []string{"\n" + wordStruct, key}
		if r.table != "" {
			words = append(words, wordTable, r.table)
		}
		if r.key != "" {
			words = append(words, wordKey, r.key)
		}
		if r.topic != "" {
			words = append(words, wordTopic, quoted(r.topic))
		}
		if r.child {
			words = childrenWords(key, r)
		}
		writeLine(&b, words, r.gone)
		for _, f := range r.fields {
			words := []string{" ", f.name, f.wire, f.column, f.typ}
			if f.since > 0 {
				words = append(words, strconv.Itoa(f.since))
			}
			if f.table != "" {
				words = append(words, wordTable, f.table)
			}
			writeLine(&b, words, f.gone)
		}
		for _, index := range r.indexes {
			writeLine(&b, index.words(), false)
		}
		r.writeData(&b)
	}
	return b.Bytes()
}

func (r *record) writeEnum(b *bytes.Buffer, key string) {
	writeLine(b, []string{"\n" + wordEnum, key}, false)
	for _, f := range r.fields {
		writeLine(b, []string{" ", quoted(f.name)}, f.gone)
	}
}

func writeLine(b *bytes.Buffer, words []string, gone bool) {
	if gone {
		words = append(words, wordGone)
	}
	b.WriteString(strings.Join(words, " ") + "\n")
}
