package httpserver

import (
	"encoding/json"
	"fmt"
	"strings"
)

// schemaType says in words what a schema allows: parts of text, some of which
// lead to another schema, and the limits.
type schemaType struct {
	Parts  []typePart
	Limits []string
}

type typePart struct {
	Text string
	Link string // the schema's anchor, or ""
}

// Known reports whether there is anything to say.
func (t schemaType) Known() bool { return len(t.Parts) > 0 }

func (r manualReader) typeOf(s object) schemaType {
	if s == nil {
		return schemaType{}
	}
	return schemaType{Parts: r.parts(s), Limits: limitsOf(s)}
}

func (r manualReader) parts(s object) []typePart {
	if _, name := s.resolve(r.document); name != "" {
		return []typePart{{Text: name, Link: "schema-" + anchor(name)}}
	}
	for _, choice := range []string{"oneOf", "anyOf"} {
		if options := s.objects(choice); len(options) > 0 {
			return r.joined(options, " or ")
		}
	}
	if all := s.objects("allOf"); len(all) > 0 {
		return r.joined(all, " and ")
	}
	if v := s.get("const"); v != nil {
		return []typePart{{Text: plainJSON(v)}}
	}
	if values := s.list("enum"); len(values) > 0 {
		return enumParts(values)
	}
	return r.plainParts(s)
}

func (r manualReader) joined(options []object, by string) []typePart {
	var parts []typePart
	for i, o := range options {
		if i > 0 {
			parts = append(parts, typePart{Text: by})
		}
		parts = append(parts, r.parts(o)...)
	}
	return parts
}

func enumParts(values []any) []typePart {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = plainJSON(v)
	}
	return []typePart{{Text: strings.Join(texts, " | ")}}
}

// plainParts says what a schema with nothing but a type allows.
func (r manualReader) plainParts(s object) []typePart {
	var parts []typePart
	for i, t := range typesOf(s) {
		if i > 0 {
			parts = append(parts, typePart{Text: " or "})
		}
		items, isArray := s.get("items").(object)
		values, isMap := s.get("additionalProperties").(object)
		switch {
		case t == "array" && isArray:
			parts = append(append(parts, typePart{Text: "list of "}), r.parts(items)...)
		case t == "object" && isMap:
			parts = append(append(parts, typePart{Text: "map from string to "}), r.parts(values)...)
		default:
			parts = append(parts, typePart{Text: t})
		}
	}
	if len(parts) == 0 {
		return []typePart{{Text: "anything"}}
	}
	return parts
}

// typesOf returns the schema's type or types.
func typesOf(s object) []string {
	if t := s.text("type"); t != "" {
		return []string{t}
	}
	var types []string
	for _, t := range s.list("type") {
		if text, ok := t.(string); ok {
			types = append(types, text)
		}
	}
	return types
}

// limitsOf returns what else the schema demands, a few words for each.
func limitsOf(s object) []string {
	var limits []string
	for _, l := range []struct{ key, words string }{
		{"format", "%s"},
		{"contentEncoding", "%s"},
		{"minimum", "≥ %s"},
		{"exclusiveMinimum", "> %s"},
		{"maximum", "≤ %s"},
		{"exclusiveMaximum", "< %s"},
		{"minLength", "≥ %s characters"},
		{"maxLength", "≤ %s characters"},
		{"minItems", "≥ %s items"},
		{"maxItems", "≤ %s items"},
		{"pattern", "matches %s"},
		{"default", "default %s"},
	} {
		v := s.get(l.key)
		if v == nil {
			continue
		}
		text, ok := v.(string)
		if !ok {
			text = plainJSON(v)
		}
		limits = append(limits, fmt.Sprintf(l.words, text))
	}
	return limits
}

// plainJSON returns a small value as JSON writes it, text without quotation
// marks where it is a word.
func plainJSON(v any) string {
	if s, ok := v.(string); ok && s != "" && !strings.ContainsAny(s, " |\"") {
		return s
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
