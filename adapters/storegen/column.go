package storegen

import "github.com/outgrowkit/outgrow/domain/model"

// argument returns an expression for what a value is kept as. The functions that
// it calls are in the adapter's columns.go.
func (w *writer) argument(t *model.Type, at string) string {
	plain := t.Name == nil
	switch t.Kind {
	case model.Pointer:
		return w.optionalArgument(t.Elem, at)
	case model.UUID:
		return "ofUUID(" + at + ")"
	case model.Time:
		return "ofTime(" + at + ")"
	case model.Text:
		return "ofText(" + at + ")"
	case model.Slice:
		return "ofList(" + at + ", " + w.append(t) + ")"
	case model.Map:
		return "ofMap(" + at + ", " + w.append(t) + ")"
	case model.Record:
		return "ofJSON(" + at + ", " + w.append(t) + ")"
	case model.Int, model.Float:
		if plain && t.Bits == 64 {
			return at
		}
		return string(t.Kind) + "64(" + at + ")"
	case model.Uint, model.Duration:
		return "int64(" + at + ")"
	case model.Bytes:
		if plain {
			return at
		}
		return "[]byte(" + at + ")"
	}
	if plain {
		return at
	}
	return string(t.Kind) + "(" + at + ")" // a string or bool
}

// optionalArgument is argument for a pointer. The driver itself knows those to
// what the language has.
func (w *writer) optionalArgument(t *model.Type, at string) string {
	var of string
	switch t.Kind {
	case model.UUID:
		of = "ofUUID"
	case model.Time:
		of = "ofTime"
	case model.Text:
		of = "ofText[" + w.file.Type(t) + "]"
	case model.Uint:
		of = "ofInt[" + w.file.Type(t) + "]"
	case model.Record:
		of = "writeJSON(" + w.append(t) + ")"
	default:
		return at
	}
	return "ofOptional(" + at + ", " + of + ")"
}

// destination returns an expression for where a column is read to, given one for
// a pointer to the field.
func (w *writer) destination(t *model.Type, to string) string {
	plain := t.Name == nil
	switch t.Kind {
	case model.Pointer:
		return w.optionalDestination(t.Elem, to)
	case model.UUID:
		return "toUUID(" + to + ")"
	case model.Time:
		return "toTime(" + to + ")"
	case model.Text:
		return "toText(" + to + ")"
	case model.Slice, model.Map, model.Record:
		return "toJSON(" + to + ", " + w.read(t) + ")"
	case model.Uint:
		return "toInt(" + to + ")"
	case model.Int:
		if t.Bits != 64 {
			return "toInt(" + to + ")"
		}
		if !plain {
			return "(*int64)(" + to + ")"
		}
	case model.Duration:
		return "(*int64)(" + to + ")"
	case model.Float:
		if !plain && t.Bits == 64 {
			return "(*float64)(" + to + ")"
		}
	case model.Bytes:
		if !plain {
			return "(*[]byte)(" + to + ")"
		}
	default:
		if !plain {
			return "(*" + string(t.Kind) + ")(" + to + ")" // a string or bool
		}
	}
	return to
}

// optionalDestination is destination for a pointer.
func (w *writer) optionalDestination(t *model.Type, to string) string {
	var read string
	switch t.Kind {
	case model.UUID:
		read = "toUUID"
	case model.Time:
		read = "toTime"
	case model.Text:
		read = "toText[" + w.file.Type(t) + "]"
	case model.Uint:
		read = "toInt[" + w.file.Type(t) + "]"
	case model.Record:
		read = "readJSON(" + w.read(t) + ")"
	default:
		return to
	}
	return "toOptional(" + to + ", " + read + ")"
}

// append and read return the functions that turn a value into JSON and back.
func (w *writer) append(t *model.Type) string {
	return w.file.Own("adapters/jsonwire") + "." + w.names.Append(t)
}

func (w *writer) read(t *model.Type) string {
	return w.file.Own("adapters/jsonwire") + "." + w.names.Read(t)
}
