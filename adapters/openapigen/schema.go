package openapigen

import (
	"math"

	"github.com/outgrowkit/outgrow/domain/model"
)

// durationPattern is what time.ParseDuration reads.
const durationPattern = `^[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*)$`

// schema returns the schema of a type.
func (d *document) schema(t *model.Type) object {
	switch t.Kind {
	case model.Pointer:
		return nullable(d.schema(t.Elem))
	case model.Slice:
		return object{{"type", []string{"array", "null"}}, {"items", d.schema(t.Elem)}}
	case model.Map:
		return d.mapSchema(t)
	case model.Bytes:
		return object{{"type", []string{"string", "null"}}, {"contentEncoding", "base64"}}
	case model.Record, model.Listing:
		return d.reference(t)
	case model.Int, model.Uint:
		return wholeSchema(t)
	case model.String:
		return stringSchema(t)
	}
	return plainSchemas[t.Kind]
}

var plainSchemas = map[model.Kind]object{
	model.Bool:     {{"type", "boolean"}},
	model.Float:    {{"type", "number"}},
	model.Text:     {{"type", "string"}},
	model.Time:     {{"type", "string"}, {"format", "date-time"}},
	model.Duration: {{"type", "string"}, {"pattern", durationPattern}, {"examples", []string{"1m30s"}}},
	model.UUID:     {{"type", "string"}, {"format", "uuid"}},
}

// wholeSchema has the bounds of small numbers and the format of others.
func wholeSchema(t *model.Type) object {
	s := object{{"type", "integer"}}
	switch {
	case t.Bits == 0 || t.Bits == 64:
		s = s.with("format", "int64")
		if t.Kind == model.Uint {
			s = s.with("minimum", 0)
		}
	case t.Kind == model.Uint:
		s = s.with("minimum", 0).with("maximum", uint64(math.MaxUint64)>>(64-t.Bits))
	default:
		highest := int64(math.MaxInt64) >> (64 - t.Bits)
		s = s.with("minimum", -highest-1).with("maximum", highest)
	}
	return s
}

func stringSchema(t *model.Type) object {
	if len(t.Values) == 0 {
		return object{{"type", "string"}}
	}
	return object{{"type", "string"}, {"enum", textsOf(t)}}
}

func textsOf(t *model.Type) []any {
	texts := make([]any, len(t.Values))
	for i, v := range t.Values {
		texts[i] = v.Text
	}
	return texts
}

func (d *document) mapSchema(t *model.Type) object {
	s := object{{"type", []string{"object", "null"}}, {"additionalProperties", d.schema(t.Elem)}}
	if len(t.Key.Values) > 0 {
		s = s.with("propertyNames", object{{"enum", textsOf(t.Key)}})
	}
	return s
}

// nullable returns the schema of a value or null.
func nullable(s object) object {
	out := object{}
	for _, m := range s {
		switch m.name {
		case "$ref":
			return object{{"anyOf", []object{s, {{"type", "null"}}}}}
		case "type":
			m.value = []any{m.value, "null"}
		case "enum":
			m.value = append(append([]any{}, m.value.([]any)...), nil)
		}
		out = append(out, m)
	}
	return out
}

// reference returns a reference to the schema of a struct or of a page of a list, and
// adds that schema.
func (d *document) reference(t *model.Type) object {
	name := d.names.Of(t)
	if !d.described[name] {
		d.described[name] = true
		if t.Kind == model.Listing {
			d.schemas = d.schemas.with(name, d.listingSchema(t))
		} else {
			d.schemas = d.schemas.with(name, nil) // reserves its place before those within it
			at := len(d.schemas) - 1
			d.schemas[at].value = d.structSchema(t)
		}
	}
	return object{{"$ref", "#/components/schemas/" + name}}
}

func (d *document) listingSchema(t *model.Type) object {
	next := object{{"description", "The parameter after for the next page. Absent on the last page."}, {"type", "string"}}
	if s := t.Elem.Struct; s != nil && s.Key().Type != nil && s.Key().Type.Kind == model.UUID {
		next = next.with("format", "uuid")
	}
	return object{
		{"type", "object"},
		{"description", "A page of a list."},
		{"required", []string{"items"}},
		{"properties", object{{"items", object{{"type", "array"}, {"items", d.schema(t.Elem)}}}, {"next", next}}},
	}
}

// structSchema describes a struct. Requests may omit members that can be null; answers
// never do.
func (d *document) structSchema(t *model.Type) object {
	s := object{{"type", "object"}}
	if t.Struct.Doc != "" {
		s = s.with("description", describeType(t.Struct.Doc, t.Struct.Name.Name))
	}
	sent := d.sent[d.names.Of(t)]
	required := []string{}
	properties := object{}
	for _, f := range t.Struct.Fields {
		of := f.Type
		if d.patches[t.Struct] {
			of = of.Elem // nil stands for a member that is absent, not for null
		}
		var rules model.Rules
		if d.checked[d.names.Of(t)] {
			rules = f.Rules
		}
		property := limited(d.schema(of), of, ofKey(rules, f))
		if f.Doc != "" {
			property = append(object{{"description", describeType(f.Doc, f.Name)}}, property...)
		}
		properties = properties.with(f.Wire, property)
		if !sent || !canBeLeftOut(f.Type) {
			required = append(required, f.Wire)
		}
	}
	if len(required) > 0 {
		s = s.with("required", required)
	}
	s = s.with("properties", properties)
	if sent {
		s = s.with("additionalProperties", false)
	}
	return s
}

// canBeLeftOut reports whether a missing value is null.
func canBeLeftOut(t *model.Type) bool {
	switch t.Kind {
	case model.Pointer, model.Slice, model.Map, model.Bytes:
		return true
	default:
		return false
	}
}

// noteSent records the structs that requests are made of.
func (d *document) noteSent(t *model.Type) {
	if t == nil {
		return
	}
	if t.Kind == model.Record && !d.sent[d.names.Of(t)] {
		d.sent[d.names.Of(t)] = true
		for _, f := range t.Struct.Fields {
			d.noteSent(f.Type)
		}
	}
	d.noteSent(t.Elem)
}
