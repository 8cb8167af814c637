package lock

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// Retyped parses order.status, or order.notes=none with what existing rows are to have in
// place of nothing.
func Retyped(text string) (Change, error) {
	path, fill, filled := strings.Cut(text, "=")
	from, err := parsePath(path)
	if err != nil {
		return Change{}, fmt.Errorf("--retype %.80q: write the name of the field, such as order.status, or with a value for rows that have none, order.notes=none", text)
	}
	return Change{From: from, Retype: true, Filled: filled, Fill: fill}, nil
}

// retype says how a field gets another type that reads what is kept already.
type retype struct {
	fills bool     // a value takes the place of NULL
	only  []string // the values that rows may have; nil for any
}

// retypes returns how the type of a field can change, or nil if it cannot, because columns
// would be of another type or what is kept could not be read. A field that has no column is
// within JSON, where what is missing reads as the zero value.
func retypes(was string, is *model.Type, now string, column bool) *retype {
	base, optional := strings.CutSuffix(was, "?")
	r := &retype{fills: optional && is.Kind != model.Pointer}
	if !r.fills {
		base = was
	}
	if kept(base) != kept(now) && !widens(base, now) || r.fills && !fillable(is, column) {
		return nil
	}
	for _, v := range is.Value().Values {
		r.only = append(r.only, v.Text)
	}
	if !column || base == now || isEnumType(base) { // whose values are seen to where they are dropped
		r.only = nil
	}
	return r
}

func isEnumType(typ string) bool { return strings.HasPrefix(typ, string(model.String)+"(") }

// fillable reports whether a value for existing rows can be written in a command.
func fillable(t *model.Type, column bool) bool {
	switch t.Kind {
	case model.Bool, model.Int, model.Uint, model.Float, model.String:
		return column || len(t.Values) == 0
	default:
		return false
	}
}

// filling returns why existing rows cannot have the value in a field of the type, or nil.
func filling(t *model.Type, value string, column bool) (err error) {
	if !column {
		if value != zeroOf(t) {
			err = strconv.ErrRange
		}
		return err
	}
	switch t.Kind {
	case model.Bool:
		if value != "true" && value != "false" {
			err = strconv.ErrSyntax
		}
	case model.Int:
		_, err = strconv.ParseInt(value, 10, cmp.Or(t.Bits, 64))
	case model.Uint:
		_, err = strconv.ParseUint(value, 10, min(cmp.Or(t.Bits, 63), 63))
	case model.Float:
		_, err = strconv.ParseFloat(value, cmp.Or(t.Bits, 64))
	case model.String:
		if !slices.ContainsFunc(t.Values, func(v model.Value) bool { return v.Text == value }) && len(t.Values) > 0 {
			err = strconv.ErrRange
		}
	}
	return err
}

// retype records that the type of a field changed. It reports whether there is such a field.
func (a *application) retype(r *record, key string, s *model.Struct, c Change) (bool, error) {
	at := slices.IndexFunc(r.fields, func(f field) bool { return !f.gone && same(f.name) == same(c.From.Field) })
	if at < 0 || has(s, r.fields[at].name) == "" {
		return false, nil
	}
	f := &r.fields[at]
	t := s.Fields[slices.IndexFunc(s.Fields, func(m model.Field) bool { return m.Name == f.name })].Type
	now, column := typeOf(a.project, t), a.isPartOfEntity(s)
	how := retypes(f.typ, t, now, column)
	switch {
	case f.typ == now:
		return false, fmt.Errorf("the type of %s in %s has not changed; change the Go code first, then run this command", f.name, key)
	case how == nil:
		return false, fmt.Errorf("%s of %s is %s, and existing rows have %s, which it cannot read; change it back, and add a new field with the new type", f.name, key, now, f.typ)
	case how.fills && !c.Filled:
		return false, fmt.Errorf("%s of %s is no longer optional; say what rows that have none are to have, such as --retype %s=%s", f.name, key, c.From, exampleOf(t, column))
	case !how.fills && c.Filled:
		return false, fmt.Errorf("%s of %s was not optional, so there are no rows without a value; leave out =%.60s", f.name, key, c.Fill)
	case how.fills && filling(t, c.Fill, column) != nil:
		return false, fmt.Errorf("%.60q is no value of %s of %s, which is %s; write one such as --retype %s=%s", c.Fill, f.name, key, now, c.From, exampleOf(t, column))
	}
	f.typ = now
	if r.table == "" || f.since == 0 {
		return true, nil
	}
	if how.fills {
		r.data = append(r.data, Data{Column: f.column, Fill: true, Values: []string{c.Fill}})
	}
	if how.only != nil {
		r.data = append(r.data, Data{Column: f.column, Values: how.only})
	}
	return true, nil
}

// exampleOf returns a value of a type as it is written in a command.
func exampleOf(t *model.Type, column bool) string {
	switch {
	case !column:
		return zeroOf(t)
	case len(t.Values) > 0:
		return t.Values[0].Text
	case t.Kind == model.String:
		return "none"
	}
	return zeroOf(t)
}

// zeroOf returns the zero value of a type as it is written in a command.
func zeroOf(t *model.Type) string {
	switch t.Kind {
	case model.String:
		return ""
	case model.Bool:
		return "false"
	default:
		return "0"
	}
}

// retyping says which command changes the type of a field, or returns "".
func (a *application) retyping(s *model.Struct, f *model.Field, key, was string) string {
	column := a.isPartOfEntity(s)
	how := retypes(was, f.Type, typeOf(a.project, f.Type), column)
	if how == nil {
		return ""
	}
	path := Path{key, f.Name}
	if column {
		path.Of = key[:strings.LastIndexByte(key, '.')]
	}
	switch {
	case how.fills:
		return fmt.Sprintf("; or, to give rows that have none a value, run: outgrow generate --retype %s=%s", path, exampleOf(f.Type, column))
	case how.only != nil:
		return fmt.Sprintf("; or, if all rows have one of its values, which the next migration sees to, run: outgrow generate --retype %s", path)
	}
	return fmt.Sprintf("; or, if the new type reads all of them, run: outgrow generate --retype %s", path)
}
