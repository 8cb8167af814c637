package storegen

import (
	"fmt"
	"strings"

	"github.com/outgrowkit/outgrow/domain/model"
)

// sample returns an expression for a value that differs with i. The functions
// that it calls are in kit/storetest.
func (w *suiteWriter) sample(t *model.Type, column, i string) string {
	if isPicky(t) {
		return w.valuesOf(t) + "(" + i + ")"
	}
	switch t.Kind {
	case model.UUID:
		return w.named(t, "storetest.SampleUUID("+i+")")
	case model.Time:
		return "storetest.SampleTime(" + i + ")"
	case model.Pointer:
		return "new(" + w.sample(t.Elem, column, i) + ")"
	case model.Slice:
		return w.file.Type(t) + "{" + w.sample(t.Elem, column, i) + ", " + w.sample(t.Elem, column, i+"+1") + "}"
	case model.Map:
		return w.file.Type(t) + "{" + w.sample(t.Key, column, i) + ": " + w.sample(t.Elem, column, i) + "}"
	case model.Record:
		return w.sampleStruct(t, i)
	case model.Bytes:
		return w.file.Type(t) + "{0, byte(" + i + ")}"
	case model.Bool:
		return w.named(t, "("+i+")%3 == 0")
	case model.Duration:
		return w.file.Type(t) + "(" + i + "+1) * 1_000_001"
	case model.Int, model.Uint:
		return w.file.Type(t) + "((" + i + ")%100 + 1)"
	case model.Float:
		return w.file.Type(t) + "(" + i + "+1) / 4"
	}
	if len(t.Values) > 0 {
		return w.sampleValue(t, i)
	}
	return w.named(t, fmt.Sprintf("storetest.SampleText(%q, %s)", column, i))
}

// sampleKey returns an expression for the key of the ith sample, which no other has.
func (w *suiteWriter) sampleKey(key model.Field) string {
	if key.Type.Kind == model.Int {
		return w.file.Type(key.Type) + "(i + 1)"
	}
	return w.sample(key.Type, key.Column, "i")
}

// named converts an expression to the type, if it has a name.
func (w *suiteWriter) named(t *model.Type, expression string) string {
	if t.Name == nil {
		return expression
	}
	return w.file.Type(t) + "(" + expression + ")"
}

// sampleValue returns an expression for one of the values of an enumeration.
func (w *suiteWriter) sampleValue(t *model.Type, i string) string {
	values := make([]string, len(t.Values))
	for at, v := range t.Values {
		values[at] = w.file.Qualified(*t.Name, v.Const)
	}
	return fmt.Sprintf("[]%s{%s}[(%s)%%%d]", w.file.Type(t), strings.Join(values, ", "), i, len(values))
}

// sampleStruct returns an expression for a struct with every field set.
func (w *suiteWriter) sampleStruct(t *model.Type, i string) string {
	body := ""
	for _, f := range t.Struct.Fields {
		body += "r." + pathOf(f) + " = " + w.sample(f.Type, f.Wire, i) + "\n"
	}
	return "func() (r " + w.file.Type(t) + ") {\n" + body + "return r\n}()"
}
