package httpserver

import (
	"encoding/json"
	"slices"
	"strings"
)

// token is a piece of JSON with what it is, for the page to color.
type token struct {
	Class string // "" for marks and space, otherwise k(ey), s(tring), n(umber) or l(iteral)
	Text  string
}

// example returns a value that the schema allows: the one that it gives, or one
// made up; nil for a schema that lies within itself. Inside are the names of
// the schemas around it.
func (r manualReader) example(s object, inside []string) any {
	s, name := s.resolve(r.document)
	if slices.Contains(inside, name) {
		return nil
	}
	if name != "" {
		inside = append(slices.Clip(inside), name)
	}
	if v := s.get("example"); v != nil {
		return v
	}
	for _, list := range []string{"examples", "enum"} {
		if given := s.list(list); len(given) > 0 {
			return given[0]
		}
	}
	for _, v := range []any{s.get("const"), s.get("default")} {
		if v != nil {
			return v
		}
	}
	for _, choice := range []string{"oneOf", "anyOf"} {
		if options := s.objects(choice); len(options) > 0 {
			return r.example(options[0], inside)
		}
	}
	return r.madeUp(s, inside)
}

func (r manualReader) madeUp(s object, inside []string) any {
	types := typesOf(s)
	if len(types) == 0 && (s.get("properties") != nil || s.get("allOf") != nil) {
		types = []string{"object"}
	}
	if len(types) == 0 {
		return nil
	}
	switch types[0] {
	case "object":
		return r.exampleObject(s, inside)
	case "array":
		return []any{r.example(s.object("items"), inside)}
	case "integer":
		return exampleNumber(s, "1")
	case "number":
		return exampleNumber(s, "1.5")
	case "boolean":
		return true
	case "string":
		return exampleText(s)
	}
	return nil
}

func (r manualReader) exampleObject(s object, inside []string) object {
	o := object{}
	for _, part := range s.objects("allOf") {
		if inner, ok := r.example(part, inside).(object); ok {
			o = append(o, inner...)
		}
	}
	for _, p := range s.object("properties") {
		if schema, ok := p.value.(object); ok {
			o = append(o, member{p.name, r.example(schema, inside)})
		}
	}
	if values, ok := s.get("additionalProperties").(object); ok {
		o = append(o, member{"key", r.example(values, inside)})
	}
	return o
}

func exampleNumber(s object, otherwise json.Number) json.Number {
	if least, ok := s.get("minimum").(json.Number); ok && !strings.HasPrefix(least.String(), "-") && least != "0" {
		return least
	}
	return otherwise
}

func exampleText(s object) string {
	switch s.text("format") {
	case "uuid":
		return "0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"
	case "date-time":
		return "2026-01-02T15:04:05Z"
	case "duration", "go-duration":
		return "1m30s"
	case "byte", "base64":
		return "aGVsbG8="
	}
	if s.text("contentEncoding") == "base64" {
		return "aGVsbG8="
	}
	return "string"
}

// tokensOf writes a value as indented JSON.
func tokensOf(v any) []token {
	if v == nil {
		return nil
	}
	return appendTokens(nil, v, "\n")
}

func appendTokens(ts []token, v any, line string) []token {
	switch v := v.(type) {
	case object:
		return appendObject(ts, v, line)
	case []any:
		return appendArray(ts, v, line)
	case string:
		return append(ts, token{"s", quoted(v)})
	case json.Number:
		return append(ts, token{"n", v.String()})
	case bool:
		if v {
			return append(ts, token{"l", "true"})
		}
		return append(ts, token{"l", "false"})
	}
	return append(ts, token{"l", "null"})
}

func appendObject(ts []token, o object, line string) []token {
	if len(o) == 0 {
		return append(ts, token{"", "{}"})
	}
	ts = append(ts, token{"", "{"})
	for i, m := range o {
		if i > 0 {
			ts = append(ts, token{"", ","})
		}
		ts = append(ts, token{"", line + "  "}, token{"k", quoted(m.name)}, token{"", ": "})
		ts = appendTokens(ts, m.value, line+"  ")
	}
	return append(ts, token{"", line + "}"})
}

func appendArray(ts []token, a []any, line string) []token {
	if len(a) == 0 {
		return append(ts, token{"", "[]"})
	}
	ts = append(ts, token{"", "["})
	for i, v := range a {
		if i > 0 {
			ts = append(ts, token{"", ","})
		}
		ts = append(ts, token{"", line + "  "})
		ts = appendTokens(ts, v, line+"  ")
	}
	return append(ts, token{"", line + "]"})
}

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // the template escapes
	if err := e.Encode(s); err != nil {
		return `""`
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// curl is a command that calls an operation. Before the path comes the base,
// which is known when the page is asked for.
type curl struct {
	Before, After string
}

func newCurl(o operation) curl {
	c := curl{Before: "curl "}
	if o.Method != "GET" {
		c.Before += "-X " + o.Method + " "
	}
	path := o.Path
	for _, p := range o.Parameters {
		if p.In == "path" {
			path = strings.ReplaceAll(path, "{"+p.Name+"}", "0198c0f2-7d6e-7a3b-8c4d-5e6f70819203")
		}
		if p.In == "header" && p.Required {
			c.After += " \\\n  -H " + shellQuoted(p.Name+": "+headerExample(p.Name))
		}
	}
	path += requiredQuery(o)
	if o.Body != nil {
		c.After += " \\\n  -H 'Content-Type: application/json'"
		c.After += " \\\n  -d " + shellQuoted(join(o.Body.Example))
	}
	c.After = path + "'" + c.After
	c.Before += "'"
	return c
}

func requiredQuery(o operation) string {
	var query []string
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			query = append(query, p.Name+"="+"…")
		}
	}
	if len(query) == 0 {
		return ""
	}
	return "?" + strings.Join(query, "&")
}

func headerExample(name string) string {
	if strings.EqualFold(name, "If-Match") {
		return `"1"`
	}
	return "…"
}

func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func join(ts []token) string {
	var b strings.Builder
	for _, t := range ts {
		b.WriteString(t.Text)
	}
	return b.String()
}
