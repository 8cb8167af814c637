package storegen

import (
	"fmt"

	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/query"
)

// cloneFields returns statements that give the struct v its own copy of everything that it
// would share with another copy of v.
func (w *writer) cloneFields(v string, fields []model.Field) []string {
	var statements []string
	for _, f := range fields {
		at := v + "." + pathOf(f)
		if !isFlat(f.Type) {
			statements = append(statements, at+" = "+w.clone(f.Type, at))
		}
	}
	return statements
}

// isFlat reports whether a copy of a value shares nothing with the original.
func isFlat(t *model.Type) bool {
	switch t.Kind {
	case model.Slice, model.Map, model.Pointer, model.Bytes:
		return false
	case model.Record:
		if t.Struct.New != nil {
			return true // nothing changes what a constructor has made
		}
		for _, f := range t.Struct.Fields {
			if !isFlat(f.Type) {
				return false
			}
		}
	}
	return true
}

// clone returns an expression for a copy of a value.
func (w *writer) clone(t *model.Type, at string) string {
	switch t.Kind {
	case model.Pointer:
		return w.kit() + ".ClonePointer(" + at + ", " + w.cloner(t.Elem) + ")"
	case model.Bytes:
		return w.file.Std("slices") + ".Clone(" + at + ")"
	case model.Slice:
		if isFlat(t.Elem) {
			return w.file.Std("slices") + ".Clone(" + at + ")"
		}
		return w.kit() + ".CloneList(" + at + ", " + w.cloner(t.Elem) + ")"
	case model.Map:
		if isFlat(t.Elem) {
			return w.file.Std("maps") + ".Clone(" + at + ")"
		}
		return w.kit() + ".CloneMap(" + at + ", " + w.cloner(t.Elem) + ")"
	default:
		return w.cloner(t) + "(" + at + ")"
	}
}

// cloner returns an expression for a function that copies values of the type, which is nil
// if an assignment copies them.
func (w *writer) cloner(t *model.Type) string {
	if isFlat(t) {
		return "nil"
	}
	typ := w.file.Type(t)
	if t.Kind != model.Record {
		return fmt.Sprintf("func(v %s) %s { return %s }", typ, typ, w.clone(t, "v"))
	}
	body := ""
	for _, statement := range w.cloneFields("v", t.Struct.Fields) {
		body += statement + "\n"
	}
	return fmt.Sprintf("func(v %s) %s {\n%sreturn v\n}", typ, typ, body)
}

// match returns an expression for whether the field of v equals the parameter.
func (w *writer) match(by query.By, param string) string {
	field := "v." + pathOf(by.Field)
	t := by.Field.Type
	switch {
	case by.Optional() && t.Elem.Kind == model.Time:
		return field + " != nil && " + field + ".Equal(" + param + ")"
	case by.Optional():
		return field + " != nil && *" + field + " == " + param
	case t.Kind == model.Pointer && t.Elem.Kind == model.Time:
		return w.kit() + ".EqualFunc(" + field + ", " + param + ", " + w.file.Std("time") + ".Time.Equal)"
	case t.Kind == model.Pointer:
		return w.kit() + ".Equal(" + field + ", " + param + ")"
	case t.Kind == model.Time:
		return field + ".Equal(" + param + ")"
	default:
		return field + " == " + param
	}
}
