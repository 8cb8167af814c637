package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/adapters/jsongen"
	"github.com/outgrowkit/outgrow/domain/alias"
	"github.com/outgrowkit/outgrow/domain/model"
)

// testView is what the tests of a store need: sample entities, and an event.
type testView struct {
	Sample, Optional, Change []string // statements on v, with i
	Event                    string
	NeedsFmt, NeedsTime      bool
}

func namesOf(s model.Service, names *jsongen.Names) (read, write string) {
	t := &model.Type{Kind: model.Record, Name: &s.Entity.Name, Struct: s.Entity}
	return names.Read(t), names.Append(t)
}

func (v *store) testing(p model.Project, s model.Service) testView {
	var out testView
	for _, f := range v.Fields {
		at := "v." + f.Path
		if f.Path == "ID" || f.Path == "Version" {
			continue
		}
		if f.Type.Kind == model.Pointer {
			out.Optional = append(out.Optional, fmt.Sprintf("%s = Pointer(%s)", at, v.sample(f.Type.Elem, f.Column, "i")))
			out.Change = append(out.Change, fmt.Sprintf("%s = Pointer(%s)", at, v.sample(f.Type.Elem, f.Column, "777")))
			continue
		}
		out.Sample = append(out.Sample, fmt.Sprintf("%s = %s", at, v.sample(f.Type, f.Column, "i")))
		changed := v.sample(f.Type, f.Column, "777")
		if f.Type.Kind == model.Bool {
			changed = "!" + at
		}
		out.Change = append(out.Change, fmt.Sprintf("%s = %s", at, changed))
	}
	out.Event = v.event(p, s)
	text := strings.Join(append(append(out.Sample, out.Optional...), out.Change...), "\n")
	out.NeedsFmt, out.NeedsTime = strings.Contains(text, "fmt."), strings.Contains(text, "time.")
	return out
}

// sample returns an expression for a value that differs with n.
func (v *store) sample(t *model.Type, column, n string) string {
	value := ""
	switch t.Kind {
	case model.Bool:
		value = n + "%2 == 0"
	case model.Int, model.Uint:
		value = fmt.Sprintf("%s(%s %% 100)", numberType(t), n)
	case model.Float:
		value = fmt.Sprintf("%s(%s) / 4", numberType(t), n)
	case model.String:
		if len(t.Values) > 0 {
			return v.sampleEnum(t, n)
		}
		value = fmt.Sprintf("fmt.Sprint(%q, %s)", column+" ", n)
	case model.Bytes:
		value = fmt.Sprintf("[]byte{0, byte(%s %% 256)}", n)
	case model.Time:
		value = fmt.Sprintf("time.Date(2026, 1, 2, 3, 4, 5, 678_901_000, time.UTC).Add(time.Duration(%s) * time.Minute)", n)
	case model.Duration:
		value = fmt.Sprintf("time.Duration(%s) * time.Millisecond", n)
	case model.UUID:
		value = fmt.Sprintf("domain.UUID{6: 0x70, 14: byte(%s / 256 %% 256), 15: byte(%s %% 256)}", n, n)
	case model.Slice:
		return v.goType(t) + "{" + v.sample(t.Elem, column, n) + "}"
	case model.Map:
		return v.goType(t) + "{" + v.sample(t.Key, column, n) + ": " + v.sample(t.Elem, column, n) + "}"
	case model.Pointer:
		return "Pointer(" + v.sample(t.Elem, column, n) + ")"
	case model.Record:
		return v.sampleRecord(t, n)
	default:
		return "*new(" + v.goType(t) + ")"
	}
	if t.Name != nil {
		return v.goType(t) + "(" + value + ")"
	}
	return value
}

func (v *store) sampleEnum(t *model.Type, n string) string {
	qualifier, _, _ := strings.Cut(v.goType(t), ".")
	var values []string
	for _, value := range t.Values {
		values = append(values, qualifier+"."+value.Const)
	}
	return fmt.Sprintf("[]%s{%s}[%s%%%d]", v.goType(t), strings.Join(values, ", "), n, len(values))
}

func (v *store) sampleRecord(t *model.Type, n string) string {
	var members []string
	for _, f := range t.Struct.Fields {
		if len(f.Via) == 0 {
			members = append(members, f.Name+": "+v.sample(f.Type, f.Wire, n))
		}
	}
	return v.goType(t) + "{" + strings.Join(members, ", ") + "}"
}

// event returns an expression for an event of the entity v: one that holds it,
// otherwise any.
func (v *store) event(p model.Project, s model.Service) string {
	any := ""
	for _, e := range p.Events {
		name := v.eventName(&e.Struct.Name)
		for _, f := range e.Struct.Fields {
			if f.Type.Struct == s.Entity {
				return name + "{" + f.Name + ": v}"
			}
		}
		if any == "" || e.Struct.Name.Path == s.Entity.Name.Path {
			any = name + "{}"
		}
	}
	return any
}

// eventName is typeName for a type that is imported for a test alone.
func (v *store) eventName(n *model.Name) string { return alias.Of(n.Package) + "." + n.Name }

// Same returns an expression for whether an entity has the values that a method
// finds by.
func (m method) Same(entity string) string {
	return m.compare(entity, func(b by) string { return b.Param })
}

// Alike is Same with the values of another entity.
func (m method) Alike(like, entity string) string {
	return m.compare(entity, func(b by) string { return like + "." + b.Field.Path })
}

func (m method) compare(entity string, value func(by) string) string {
	var all []string
	for _, b := range m.By {
		at := entity + "." + b.Field.Path
		switch b.Field.Type.Kind {
		case model.Time:
			all = append(all, fmt.Sprintf("%s.Equal(%s)", at, value(b)))
		case model.Bytes:
			all = append(all, fmt.Sprintf("string(%s) == string(%s)", at, value(b)))
		default:
			all = append(all, fmt.Sprintf("%s == %s", at, value(b)))
		}
	}
	return strings.Join(all, " && ")
}
