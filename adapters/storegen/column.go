package storegen

import "github.com/outgrowkit/outgrow/domain/model"

// column returns an expression for the column of a field: a pointer to it, of a type that
// the store knows, or a column that holds JSON.
func (w *writer) column(t *model.Type, at string) string {
	switch t.Kind {
	case model.Slice, model.Map, model.Record:
		return w.json("JSON", t, at)
	case model.Text:
		return w.text("Text", t, at)
	case model.Pointer:
		switch t.Elem.Kind {
		case model.Slice, model.Map, model.Record:
			return w.json("OptionalJSON", t.Elem, at)
		case model.Text:
			return w.text("OptionalText", t.Elem, at)
		}
		return "&" + at
	case model.UUID:
		if t.Name != nil {
			return "(*" + w.file.Own("kit") + ".UUID)(&" + at + ")"
		}
	case model.Duration:
		return "(*int64)(&" + at + ")"
	case model.Int, model.Float:
		if t.Name != nil && t.Bits == 64 {
			return "(*" + string(t.Kind) + "64)(&" + at + ")"
		}
	case model.Bytes:
		if t.Name != nil {
			return "(*[]byte)(&" + at + ")"
		}
	case model.String, model.Bool:
		if t.Name != nil {
			return "(*" + string(t.Kind) + ")(&" + at + ")"
		}
	}
	return "&" + at
}

// json returns an expression for a column that holds JSON.
func (w *writer) json(function string, t *model.Type, at string) string {
	wire := w.file.Own("adapters/jsonwire")
	return w.kit() + "." + function + "(&" + at + ", " + wire + "." + w.names.Append(t) + ", " + wire + "." + w.names.Read(t) + ")"
}

// text returns an expression for a column of a type that has a text: the store knows one
// that reads itself, and is told how to make another.
func (w *writer) text(function string, t *model.Type, at string) string {
	if t.New == nil {
		return "&" + at
	}
	typ, by := w.file.Type(t), w.file.Qualified(*t.Name, t.New.Name)
	if !t.New.Fails {
		by = "func(text string) (" + typ + ", error) { return " + by + "(text), nil }"
	}
	return w.kit() + "." + function + "(&" + at + ", (*" + typ + ")." + t.Method + ", " + by + ")"
}
