package openapigen

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// token is a piece of JSON and its class, for syntax highlighting.
type token struct {
	Class string // k(ey), s(tring), n(umber), l(iteral) or ""
	Text  string
}

const exampleUUID = "0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"

// example returns a value that matches the schema, or nil for a schema that contains
// itself. Inside are the names of the schemas around it.
func (r pageReader) example(s object, inside []string) any {
	s, name := r.resolve(s)
	if name != "" {
		if slices.Contains(inside, name) {
			return nil
		}
		inside = append(slices.Clip(inside), name)
	}
	for _, list := range []string{"examples", "enum"} {
		if given := s.list(list); len(given) > 0 {
			return given[0]
		}
	}
	if options := s.list("anyOf"); len(options) > 0 {
		return r.example(options[0].(object), inside)
	}
	types := typesOf(s)
	if len(types) == 0 {
		return nil
	}
	switch types[0] {
	case "object":
		return r.exampleObject(s, inside)
	case "array":
		return []any{r.example(s.object("items"), inside)}
	case "integer":
		return exampleWhole(s)
	case "number":
		return 1.5
	case "boolean":
		return true
	}
	return exampleText(s)
}

func (r pageReader) exampleObject(s object, inside []string) object {
	o := object{}
	for _, p := range s.object("properties") {
		o = o.with(p.name, r.example(p.value.(object), inside))
	}
	if values := s.object("additionalProperties"); values != nil {
		o = o.with("key", r.example(values, inside))
	}
	return o
}

// exampleWhole returns 1, or the number next to it that the rules of the field allow.
func exampleWhole(s object) any {
	if least, ok := s.get("minimum").(int64); ok && least > 1 {
		return least
	}
	if most, ok := s.get("maximum").(int64); ok && most < 1 {
		return most
	}
	return 1
}

func exampleText(s object) string {
	switch {
	case s.text("format") == "uuid":
		return exampleUUID
	case s.text("format") == "date-time":
		return "2026-01-02T15:04:05Z"
	case s.text("contentEncoding") == "base64":
		return "aGVsbG8="
	}
	return "string"
}

// tokensOf returns a value as indented JSON.
func tokensOf(v any) []token { return appendTokens(nil, v, "\n") }

func appendTokens(ts []token, v any, line string) []token {
	switch v := v.(type) {
	case object:
		return appendMembers(ts, v, line)
	case []any:
		ts = append(ts, token{"", "[" + line + "  "})
		for i, element := range v {
			if i > 0 {
				ts = append(ts, token{"", "," + line + "  "})
			}
			ts = appendTokens(ts, element, line+"  ")
		}
		return append(ts, token{"", line + "]"})
	case string:
		return append(ts, token{"s", quoted(v)})
	case bool:
		return append(ts, token{"l", fmt.Sprint(v)})
	case nil:
		return append(ts, token{"l", "null"})
	}
	return append(ts, token{"n", fmt.Sprint(v)})
}

func appendMembers(ts []token, o object, line string) []token {
	if len(o) == 0 {
		return append(ts, token{"", "{}"})
	}
	mark := "{"
	for _, m := range o {
		ts = append(ts, token{"", mark + line + "  "}, token{"k", quoted(m.name)}, token{"", ": "})
		ts = appendTokens(ts, m.value, line+"  ")
		mark = ","
	}
	return append(ts, token{"", line + "}"})
}

func quoted(s string) string {
	var b bytes.Buffer
	if err := write(&b, s); err != nil {
		return `""`
	}
	return b.String()
}

// curl returns a command that calls the operation.
func curl(o operation) string {
	path, options := o.Path, ""
	var query []string
	for _, p := range o.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", p.Example)
		case p.In == "header" && p.Required:
			options += " \\\n  -H " + shellQuoted(p.Name+`: "1"`)
		case p.In == "query" && p.Required:
			query = append(query, p.Name+"=…")
		}
	}
	if len(query) > 0 {
		path += "?" + strings.Join(query, "&")
	}
	if o.Secured {
		options += " \\\n  -H 'Authorization: Bearer TOKEN'"
	}
	if o.Body != nil {
		options += " \\\n  -H 'Content-Type: " + bodyType(o.Method) + "' \\\n  -d " + shellQuoted(join(o.Body.Example))
	}
	if o.Uploads {
		options += " \\\n  -H 'Content-Type: " + bytesType + "' \\\n  -T FILE"
	}
	command := "curl "
	if o.Method != "GET" {
		command += "-X " + o.Method + " "
	}
	return command + shellQuoted(base+path) + options
}

func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func join(ts []token) string {
	var b strings.Builder
	for _, t := range ts {
		b.WriteString(t.Text)
	}
	return b.String()
}
