package openapigen

import (
	"fmt"
	"strings"
)

// typeText describes a schema in words, some of which link to another schema.
type typeText struct {
	Parts  []typePart
	Limits []string
}

type typePart struct {
	Text string
	Link string // the anchor of a schema, or ""
}

func (r pageReader) typeOf(s object) typeText {
	return typeText{Parts: r.parts(s), Limits: limitsOf(s)}
}

func (r pageReader) parts(s object) []typePart {
	if _, name := r.resolve(s); name != "" {
		return []typePart{{Text: name, Link: "schema-" + name}}
	}
	var parts []typePart
	for _, option := range s.list("anyOf") {
		parts = append(or(parts), r.parts(option.(object))...)
	}
	if values := s.list("enum"); len(values) > 0 {
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = textOf(v)
		}
		return append(parts, typePart{Text: strings.Join(texts, " | ")})
	}
	for _, t := range typesOf(s) {
		parts = append(or(parts), r.partsOfType(t, s)...)
	}
	return parts
}

// or separates alternatives.
func or(parts []typePart) []typePart {
	if len(parts) == 0 {
		return nil
	}
	return append(parts, typePart{Text: " or "})
}

func (r pageReader) partsOfType(t string, s object) []typePart {
	if t == "array" {
		return append([]typePart{{Text: "list of "}}, r.parts(s.object("items"))...)
	}
	if values := s.object("additionalProperties"); t == "object" && values != nil {
		return append([]typePart{{Text: "map from string to "}}, r.parts(values)...)
	}
	return []typePart{{Text: t}}
}

// typesOf returns the type or the types of a schema.
func typesOf(s object) []string {
	if t := s.text("type"); t != "" {
		return []string{t}
	}
	var types []string
	for _, t := range s.list("type") {
		types = append(types, fmt.Sprint(t))
	}
	return types
}

// limitsOf returns the constraints of a schema, in a few words each.
func limitsOf(s object) []string {
	var limits []string
	for _, l := range []struct{ key, words string }{
		{"format", "%v"}, {"contentEncoding", "%v"}, {"minimum", "≥ %v"}, {"maximum", "≤ %v"},
		{"minLength", "≥ %v characters"}, {"maxLength", "≤ %v characters"}, {"pattern", "matches %v"}, {"default", "default %v"},
	} {
		if v := s.get(l.key); v != nil {
			limits = append(limits, fmt.Sprintf(l.words, v))
		}
	}
	return limits
}

// textOf returns a value of an enumeration: without quotation marks if it is a word.
func textOf(v any) string {
	switch s, ok := v.(string); {
	case v == nil:
		return "null"
	case ok && (s == "" || strings.ContainsAny(s, ` |"`)):
		return quoted(s)
	}
	return fmt.Sprint(v)
}
