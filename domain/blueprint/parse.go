package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/name"
)

// ParseService reads a service as one writes it on a command line: its name,
// then its fields, such as
//
//	order customer:string total:int64 notes:text? status:enum:draft,paid
//
// The error says what is wrong with it in one line.
func ParseService(text string, l name.Language) (Service, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Service{}, fmt.Errorf("a service is missing: write its name and fields, such as 'order customer:string'")
	}
	n, err := name.Parse(words[0], l)
	if err != nil {
		return Service{}, fmt.Errorf("service %w", err)
	}
	s := Service{Name: n}
	for _, w := range words[1:] {
		f, err := ParseField(w, l)
		if err != nil {
			return Service{}, fmt.Errorf("service %s: %w", n, err)
		}
		s.Fields = append(s.Fields, f)
	}
	return s, nil
}

// ParseField reads a field, such as notes:text?.
func ParseField(text string, l name.Language) (Field, error) {
	written, typ, ok := strings.Cut(text, ":")
	if !ok {
		return Field{}, fmt.Errorf("field %+.60q has no type: write it as name:type, such as customer:string", text)
	}
	n, err := name.Parse(written, l)
	if err != nil {
		return Field{}, fmt.Errorf("field %w", err)
	}
	t, err := ParseType(typ)
	if err != nil {
		return Field{}, fmt.Errorf("field %s: %w", n, err)
	}
	return Field{Name: n, Type: t}, nil
}

// ParseType reads a type, such as []string or enum:draft,paid.
func ParseType(text string) (Type, error) {
	var t Type
	rest, values, isEnum := strings.Cut(text, ":")
	if isEnum {
		values, t.Optional = strings.CutSuffix(values, "?")
	} else {
		rest, t.Optional = strings.CutSuffix(rest, "?")
	}
	t.Base, t.List = strings.CutPrefix(rest, "[]")
	if !slices.Contains(Bases, t.Base) {
		return Type{}, fmt.Errorf("there is no type %+.40q%s; the types are %s, [] before them and ? behind",
			t.Base, Suggest(t.Base, Bases), strings.Join(Bases, " "))
	}
	if isEnum != (t.Base == "enum") {
		return Type{}, fmt.Errorf("%+.60q: only an enum has values, and it has some: enum:draft,paid", text)
	}
	if !isEnum {
		return t, nil
	}
	if t.List {
		return Type{}, fmt.Errorf("%+.60q: there are no lists of enums; use []string", text)
	}
	t.Values = strings.Split(values, ",")
	return t, checkValues(t.Values)
}

// sameness drops what no Go identifier has.
var sameness = strings.NewReplacer("_", "", "-", "")

func checkValues(values []string) error {
	seen := map[string]string{}
	for _, v := range values {
		if err := name.Check(v); err != nil {
			return fmt.Errorf("value %w", err)
		}
		key := sameness.Replace(strings.ToLower(v))
		if other, ok := seen[key]; ok {
			return fmt.Errorf("the values %s and %s are the same to Go", other, v)
		}
		seen[key] = v
	}
	return nil
}

// Suggest returns a question to put behind an error, such as
// ` (did you mean "string"?)`, if one of the known words is close to the word,
// otherwise nothing.
func Suggest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if d := editDistance(word, k); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}

// editDistance is Levenshtein's: how many letters to insert, delete or replace.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j+1]+1, row[j]+1, diagonal+cost)
			diagonal, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
