package scaffold

import (
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// field is the template data for a field of the details.
type field struct {
	Go    string // "APIKey"
	Type  string // as written in the domain package
	Human string // "API key"

	Rule            string // the method of kit.Violations that checks a value
	Allowed         string // the values of an enum: "draft, paid"
	MustNotBeNil    bool
	MustNotBeZero   bool
	List, Pointer   bool
	MayRefer        bool   // it may come to have the key of what tests of use cases do not keep
	Sample          string // a valid value
	Other           string // another valid value; "" if there is none
	Broken          string // a value that breaks a rule; "" if there is none
	outsideType     string // as written in packages that import the domain package
	required, plain bool
}

// enum is a type that a field declares.
type enum struct {
	Type     string
	Receiver string
	Values   []enumValue
}

type enumValue struct{ Const, Text string }

// addField adds a field and the enum that it declares.
func (v *serviceView) addField(f blueprint.Field, names *scope) {
	k := kinds[f.Type.Base]
	out := field{Go: f.Name.Pascal(), Human: human(f.Name), outsideType: k.goType}
	if f.Type.Base == "enum" {
		e := newEnum(f, names)
		v.Enums = append(v.Enums, e)
		k = e.kind(v.Ref)
		out.Allowed, out.outsideType = strings.Join(f.Type.Values, ", "), v.Ref+"."+e.Type
	}
	out.shape(f.Type, k)
	v.Fields = append(v.Fields, out)
}

// newEnum chooses the names of an enum type and its constants.
func newEnum(f blueprint.Field, names *scope) enum {
	e := enum{Type: names.take(f.Name.Pascal())}
	e.Receiver = strings.ToLower(e.Type[:1])
	for _, text := range f.Type.Values {
		constant := e.Type
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == '_' || r == '-' }) {
			constant += strings.ToUpper(word[:1]) + word[1:]
		}
		e.Values = append(e.Values, enumValue{Const: names.take(constant), Text: text})
	}
	return e
}

// kind returns the kind of an enum that is declared in package ref.
func (e enum) kind(ref string) kind {
	k := kind{goType: e.Type, sample: ref + "." + e.Values[0].Const, broken: `"?"`}
	if len(e.Values) > 1 {
		k.other = ref + "." + e.Values[1].Const
	}
	return k
}

// shape sets how the field is declared, checked and tested.
func (f *field) shape(t blueprint.Type, k kind) {
	nilable := t.List || t.Base == "bytes"
	f.Type, f.Rule = k.goType, k.rule
	f.List, f.Pointer = t.List, t.Optional && !nilable
	f.required, f.plain = !t.Optional, !t.Optional && !t.List
	f.MustNotBeNil = f.required && nilable
	f.MustNotBeZero = f.plain && k.notZero
	f.Sample, f.Other = k.sample, k.other
	if f.required {
		f.Broken = k.broken
	}
	switch {
	case t.List:
		f.Type = "[]" + k.goType
		f.Sample, f.Other = f.listOf(k.sample, k.goType), f.listOf(k.other, k.goType)
		if f.required {
			f.Broken = "nil"
		}
	case f.Pointer:
		f.Type = "*" + k.goType
		f.Sample, f.Other = pointerTo(k), "nil"
		f.MayRefer = t.Base == "uuid"
	}
}

// listOf returns a list with one value. In a list, a literal does not repeat its type.
func (f *field) listOf(value, goType string) string {
	if rest, ok := strings.CutPrefix(value, goType+"{"); ok {
		value = "{" + rest
	}
	return f.Type + "{" + value + "}"
}

// pointerTo returns a pointer to a valid value. A bare number would be an int.
func pointerTo(k kind) string {
	if k.goType == "int64" {
		return "new(int64(" + k.sample + "))"
	}
	return "new(" + k.sample + ")"
}
