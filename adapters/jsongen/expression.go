package jsongen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
)

// writer writes expressions that call package jsoncodec of the kit.
type writer struct {
	file  *gofile.File
	names *Names
}

// puts are the functions that append a value, by its kind.
var puts = map[model.Kind]string{
	model.Bool: "jsoncodec.AppendBool", model.Int: "jsoncodec.AppendInt", model.Uint: "jsoncodec.AppendUint", model.Float: "jsoncodec.AppendFloat", model.String: "jsoncodec.AppendString",
	model.Bytes: "jsoncodec.AppendBytes", model.Time: "jsoncodec.AppendTime", model.Duration: "jsoncodec.AppendDuration", model.UUID: "jsoncodec.AppendUUID",
}

// put returns a call that appends the value to b.
func (w writer) put(t *model.Type, value string) string {
	switch t.Kind {
	case model.Pointer:
		return "jsoncodec.AppendOptional(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Slice:
		return "jsoncodec.AppendList(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Map:
		return "jsoncodec.AppendMap(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Listing:
		return "jsoncodec.AppendListing(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Text:
		if t.New != nil {
			return "jsoncodec.AppendString(b, " + value + "." + t.Method + "())"
		}
	}
	return w.putter(t) + "(b, " + value + ")"
}

// putter returns a function that appends a value.
func (w writer) putter(t *model.Type) string {
	switch t.Kind {
	case model.Record:
		return w.names.Append(t)
	case model.Text:
		if t.New != nil {
			return "func(b []byte, v " + w.file.Type(t) + ") []byte { return jsoncodec.AppendString(b, v." + t.Method + "()) }"
		}
		return "jsoncodec.AppendText[" + w.file.Type(t) + "]"
	case model.Pointer, model.Slice, model.Map, model.Listing:
		return "func(b []byte, v " + w.file.Type(t) + ") []byte { return " + w.put(t, "v") + " }"
	default:
		return puts[t.Kind]
	}
}

// takes are the functions that read a value of a kind that is a single type.
var takes = map[model.Kind]string{model.Time: "jsoncodec.ReadTime", model.Duration: "jsoncodec.ReadDuration", model.UUID: "jsoncodec.ReadUUID"}

// typedTakes are those with a type parameter.
var typedTakes = map[model.Kind]string{
	model.Bool: "jsoncodec.ReadBool", model.Int: "jsoncodec.ReadInt", model.Uint: "jsoncodec.ReadUint", model.Float: "jsoncodec.ReadFloat", model.String: "jsoncodec.ReadString",
	model.Bytes: "jsoncodec.ReadBytes", model.Text: "jsoncodec.ReadText",
}

// take returns a call that reads a value.
func (w writer) take(t *model.Type) string {
	switch t.Kind {
	case model.Pointer:
		return "jsoncodec.ReadOptional(r, " + w.taker(t.Elem) + ")"
	case model.Slice:
		return "jsoncodec.ReadList(r, " + w.taker(t.Elem) + ")"
	case model.Listing:
		return "jsoncodec.ReadListing(r, " + w.taker(t.Elem) + ")"
	case model.Map:
		if isEnum(t.Key) {
			return "jsoncodec.ReadMap(r, " + w.taker(t.Elem) + ", " + w.values(t.Key) + ")"
		}
		return "jsoncodec.ReadMap[" + w.file.Type(t.Key) + "](r, " + w.taker(t.Elem) + ")"
	default:
		return w.taker(t) + "(r)"
	}
}

// taker returns a function that reads a value.
func (w writer) taker(t *model.Type) string {
	switch t.Kind {
	case model.Record:
		return "parse" + w.names.Of(t)
	case model.Text:
		if t.New != nil {
			return w.textTaker(t)
		}
	case model.Pointer, model.Slice, model.Map, model.Listing:
		return "func(r *jsoncodec.Reader) " + w.file.Type(t) + " { return " + w.take(t) + " }"
	}
	if isEnum(t) {
		return "parse" + w.names.Of(t)
	}
	if t.Kind == model.UUID && t.Name != nil {
		return "jsoncodec.ReadUUIDAs[" + w.file.Type(t) + "]"
	}
	if plain, ok := takes[t.Kind]; ok {
		return plain
	}
	return typedTakes[t.Kind] + "[" + w.file.Type(t) + "]"
}

// textTaker returns a function that reads a value that a constructor makes of a text.
func (w writer) textTaker(t *model.Type) string {
	by := w.file.Qualified(*t.Name, t.New.Name)
	if !t.New.Fails {
		by = "func(text string) (" + w.file.Type(t) + ", error) { return " + by + "(text), nil }"
	}
	return "func(r *jsoncodec.Reader) " + w.file.Type(t) + " { return jsoncodec.Make(r, jsoncodec.ReadString[string], " + by + ") }"
}

// made returns an expression for a function that makes a value of the arguments.
func (w writer) made(by *model.Constructor, of model.Name, args string) string {
	call := w.file.Qualified(of, by.Name) + "(" + args + ")"
	if !by.Fails {
		call += ", nil"
	}
	return "func(v fields) (" + w.file.Qualified(of, of.Name) + ", error) { return " + call + " }"
}

// values returns the values of an enumeration.
func (w writer) values(t *model.Type) string {
	consts := make([]string, len(t.Values))
	for i, v := range t.Values {
		consts[i] = w.file.Qualified(*t.Name, v.Const)
	}
	return strings.Join(consts, ", ")
}

// Appender returns a function that appends a scalar, as an expression in the file.
func Appender(f *gofile.File, t *model.Type) string {
	f.Own("kit/jsoncodec")
	return writer{file: f}.putter(t)
}

// Reader returns a function that reads a scalar, as an expression in the file.
func Reader(f *gofile.File, t *model.Type) string {
	f.Own("kit/jsoncodec")
	w := writer{file: f}
	if len(t.Values) > 0 {
		return "func(r *jsoncodec.Reader) " + f.Type(t) + " { return jsoncodec.ReadEnum(r, " + w.values(t) + ") }"
	}
	return w.taker(t)
}
