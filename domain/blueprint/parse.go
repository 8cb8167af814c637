package blueprint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/name"
)

// ParseService parses a service as written on a command line: its name, then its
// fields, such as
//
//	order customer:string total:int64 notes:text? status:enum:draft,paid
//
// The error is one line.
func ParseService(text string, l name.Language) (Service, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Service{}, fmt.Errorf("the service is missing; write its name and fields, such as 'order customer:string'")
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

// ParseField parses a field, such as notes:text?.
func ParseField(text string, l name.Language) (Field, error) {
	written, typ, ok := strings.Cut(text, ":")
	if !ok {
		return Field{}, fmt.Errorf("field %+.60q has no type; write it as name:type, such as customer:string", text)
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

// ParseType parses a type, such as []string or enum:draft,paid.
func ParseType(text string) (Type, error) {
	var t Type
	rest, values, isEnum := strings.Cut(text, ":")
	if isEnum {
		values, t.Optional = strings.CutSuffix(values, "?")
	} else {
		rest, t.Optional = strings.CutSuffix(rest, "?")
	}
	t.Base, t.List = strings.CutPrefix(rest, "[]")
	if t.Base == tenant && (t.List || t.Optional) {
		return Type{}, fmt.Errorf("%+.60q: each entity is of one tenant; write tenant alone", text)
	}
	if known := append(slices.Clone(Bases), tenant); !slices.Contains(known, t.Base) {
		return Type{}, fmt.Errorf("unknown type %+.40q%s; use one of %s, with [] before it for a list and ? after it if it is optional",
			t.Base, Suggest(t.Base, known), strings.Join(known, " "))
	}
	if isEnum != (t.Base == "enum") {
		return Type{}, fmt.Errorf("%+.60q: only an enum has values, and it must have some, as in enum:draft,paid", text)
	}
	if !isEnum {
		return t, nil
	}
	if t.List {
		return Type{}, fmt.Errorf("%+.60q: lists of enums are not supported; use []string", text)
	}
	t.Values = strings.Split(values, ",")
	return t, checkValues(t.Values)
}

// sameness drops the characters that are dropped in a Go identifier.
var sameness = strings.NewReplacer("_", "", "-", "")

func checkValues(values []string) error {
	seen := map[string]string{}
	for _, v := range values {
		if err := name.Check(v); err != nil {
			return fmt.Errorf("value %w", err)
		}
		key := sameness.Replace(strings.ToLower(v))
		if other, ok := seen[key]; ok {
			return fmt.Errorf("the values %s and %s have the same name in Go; rename one", other, v)
		}
		seen[key] = v
	}
	return nil
}

// Suggest returns a question to append to an error, such as
// ` (did you mean "string"?)`, if one of the known words is similar to the word, and
// otherwise "".
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

// editDistance is the Levenshtein distance: the number of letters to insert, delete or
// replace.
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
