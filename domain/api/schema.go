package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// document is what is read of a document.
type document struct {
	Paths      map[string]map[string]described `json:"paths"`
	Components struct {
		Schemas    map[string]schema    `json:"schemas"`
		Parameters map[string]parameter `json:"parameters"`
	} `json:"components"`
}

type described struct {
	ID         string                `json:"operationId"`
	Security   []map[string][]string `json:"security"`
	Parameters []parameter           `json:"parameters"`
	Body       content               `json:"requestBody"`
	Responses  map[string]content    `json:"responses"`
}

type content struct {
	Content map[string]struct {
		Schema schema `json:"schema"`
	} `json:"content"`
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name     string `json:"name"`
	In       string `json:"in"`
	Required bool   `json:"required"`
	Schema   schema `json:"schema"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"` // a text, or a list of them
	Format     string            `json:"format"`
	Enum       values            `json:"enum"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	AnyOf      []schema          `json:"anyOf"`
	limits

	Others json.RawMessage `json:"additionalProperties"` // a schema, or false
}

// limits are what a value must keep to.
type limits struct {
	Minimum   *float64 `json:"minimum"`
	Maximum   *float64 `json:"maximum"`
	MinLength *float64 `json:"minLength"`
	MaxLength *float64 `json:"maxLength"`
	Pattern   string   `json:"pattern"`
}

// narrower returns the limits that allow less than the others.
func (l limits) narrower(than limits) []string {
	var found []string
	for _, c := range []struct {
		name     string
		is, was  *float64
		isHigher bool // the higher, the less is allowed
	}{
		{"minimum", l.Minimum, than.Minimum, true},
		{"maximum", l.Maximum, than.Maximum, false},
		{"minLength", l.MinLength, than.MinLength, true},
		{"maxLength", l.MaxLength, than.MaxLength, false},
	} {
		if c.is != nil && (c.was == nil || *c.is != *c.was && (*c.is > *c.was) == c.isHigher) {
			found = append(found, fmt.Sprintf("%s %.0f", c.name, *c.is))
		}
	}
	if l.Pattern != "" && l.Pattern != than.Pattern {
		found = append(found, "pattern "+l.Pattern)
	}
	return found
}

// values are those of an enumeration, of which one may be null.
type values []any

func (v values) texts() []string {
	var all []string
	for _, value := range v {
		all = append(all, fmt.Sprint(value))
	}
	return all
}

// nameIn returns the name in a reference such as #/components/schemas/Order.
func nameIn(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// resolve returns what a schema refers to, be it optional.
func (d *document) resolve(s schema) schema {
	if len(s.AnyOf) > 0 { // that, or null
		s = s.AnyOf[0]
	}
	if s.Ref != "" {
		s = d.Components.Schemas[nameIn(s.Ref)]
	}
	return s
}

// kind returns what values of the schema are. One that may be null is the same kind.
func (s schema) kind() string {
	kind := ""
	switch t := s.Type.(type) {
	case string:
		kind = t
	case []any:
		kind = fmt.Sprint(t[0])
	}
	if s.Format != "" {
		kind += " (" + s.Format + ")"
	}
	return kind
}

// members adds the members of what a schema describes, and those within them.
func (d *document) members(s schema, name string, to parts) {
	s = d.resolve(s)
	prefix := name
	if name != "" {
		prefix += "."
	}
	for member, property := range s.Properties {
		inner := d.resolve(property)
		to[prefix+member] = part{slices.Contains(s.Required, member), inner.kind(), inner.Enum.texts(), inner.limits}
		d.members(property, prefix+member, to)
	}
	if s.Items != nil {
		d.members(*s.Items, name+"[]", to)
	}
	var others schema
	if json.Unmarshal(s.Others, &others) == nil { // it is no schema otherwise
		d.members(others, name+"[]", to)
	}
}
