package scaffold

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
)

// check returns the statements that check a field, which differ with its type.
func check(f blueprint.Field, out field) string {
	t := f.Type
	at, quoted := "d."+out.Go, fmt.Sprintf("%q", out.Go)
	switch {
	case t.List:
		return checkList(t, at, quoted)
	case t.Base == "bytes" && t.Optional:
		return ""
	case t.Base == "bytes":
		return fmt.Sprintf("v.Required(%s, %s == nil)", quoted, at)
	case t.Base == "enum":
		return checkEnum(t, at, quoted)
	case t.Optional:
		if one := checkOne(t.Base, "*"+at, quoted); one != "" && t.Base != "time" && t.Base != "uuid" {
			return fmt.Sprintf("if %s != nil {\n%s\n}", at, one)
		}
		return ""
	}
	return checkOne(t.Base, at, quoted)
}

// checkOne returns the statement that checks a single value.
func checkOne(base, at, quoted string) string {
	switch base {
	case "string":
		return fmt.Sprintf("v.Line(%s, %s)", quoted, at)
	case "text":
		return fmt.Sprintf("v.Text(%s, %s)", quoted, at)
	case "float64":
		return fmt.Sprintf("v.Finite(%s, %s)", quoted, at)
	case "time", "uuid":
		return fmt.Sprintf("v.Required(%s, %s.IsZero())", quoted, at)
	}
	return ""
}

func checkList(t blueprint.Type, at, quoted string) string {
	text := ""
	if !t.Optional {
		text = fmt.Sprintf("v.Required(%s, %s == nil)", quoted, at)
	}
	if one := checkOne(t.Base, "item", quoted); one != "" && t.Base != "time" && t.Base != "uuid" {
		if text != "" {
			text += "\n"
		}
		text += fmt.Sprintf("for _, item := range %s {\n%s\n}", at, one)
	}
	return text
}

func checkEnum(t blueprint.Type, at, quoted string) string {
	values := ""
	for i, v := range t.Values {
		if i > 0 {
			values += ", "
		}
		values += v
	}
	present := ""
	if t.Optional {
		present = at + " != nil && "
	}
	return fmt.Sprintf("if %s!%s.Valid() {\nv.Add(%s, %q)\n}", present, at, quoted, "must be one of "+values)
}

// samples are values of the types.
var samples = map[string]string{
	"string": `"Ada"`, "text": `"Two lines,\nof text."`, "int": "42", "int64": "42", "float64": "1.5", "bool": "true",
	"time": "time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)", "duration": "90 * time.Second", "bytes": "[]byte{0, 1, 2}",
	"uuid": "domain.UUID{1, 2, 3}",
}

// sample returns an expression for a valid value of the field.
func sample(f blueprint.Field, out field, v *view) string {
	value := samples[f.Type.Base]
	if f.Type.Base == "enum" {
		value = v.Enums[len(v.Enums)-1].Values[0].Const
	}
	switch {
	case f.Type.List:
		// In a list, the type of an element is not repeated.
		value = strings.TrimPrefix(strings.TrimPrefix(value, "[]byte"), "domain.UUID")
		return out.Type + "{" + value + "}"
	case f.Type.Optional && f.Type.Base != "bytes":
		v.NeedsPtr = true
		if f.Type.Base == "int64" {
			value = "int64(" + value + ")"
		}
		return "ptr(" + value + ")"
	}
	return value
}

// spoiled returns a value of the field that breaks a rule.
func spoiled(f blueprint.Field, out field) (broken, bool) {
	if f.Type.Optional {
		return broken{}, false
	}
	b := broken{Name: "no " + out.Human, Go: out.Go}
	switch {
	case f.Type.List || f.Type.Base == "bytes":
		b.Value = "nil"
	case f.Type.Base == "string" || f.Type.Base == "text" || f.Type.Base == "enum":
		b.Value = `""`
	case f.Type.Base == "time":
		b.Value = "time.Time{}"
	case f.Type.Base == "uuid":
		b.Value = "domain.UUID{}"
	default:
		return broken{}, false
	}
	return b, true
}
