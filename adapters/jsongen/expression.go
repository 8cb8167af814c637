package jsongen

import (
	"strings"

	"github.com/outgrowkit/outgrow/adapters/gofile"
	"github.com/outgrowkit/outgrow/domain/model"
)

// writer writes expressions of the runtime in package jsonwire.
type writer struct {
	file  *gofile.File
	names *Names
}

// puts are the functions that append values of a kind.
var puts = map[model.Kind]string{
	model.Bool: "putBool", model.Int: "putInt", model.Uint: "putUint", model.Float: "putFloat", model.String: "putString",
	model.Bytes: "putBytes", model.Time: "putTime", model.Duration: "putDuration", model.UUID: "putUUID",
}

// put returns a call that appends the value to b.
func (w writer) put(t *model.Type, value string) string {
	switch t.Kind {
	case model.Pointer:
		return "putOptional(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Slice:
		return "putList(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Map:
		return "putMap(b, " + value + ", " + w.putter(t.Elem) + ")"
	case model.Listing:
		return "putListing(b, " + value + ", " + w.putter(t.Elem) + ")"
	default:
		return w.putter(t) + "(b, " + value + ")"
	}
}

// putter returns a function that appends a value.
func (w writer) putter(t *model.Type) string {
	switch t.Kind {
	case model.Record:
		return w.names.Append(t)
	case model.Text:
		return "putText[" + w.file.Type(t) + "]"
	case model.Pointer, model.Slice, model.Map, model.Listing:
		return "func(b []byte, v " + w.file.Type(t) + ") []byte { return " + w.put(t, "v") + " }"
	default:
		return puts[t.Kind]
	}
}

// takes are the functions that read values of a kind that is one type alone.
var takes = map[model.Kind]string{model.Time: "takeTime", model.Duration: "takeDuration", model.UUID: "takeUUID"}

// typedTakes are those that are told the type.
var typedTakes = map[model.Kind]string{
	model.Bool: "takeBool", model.Int: "takeInt", model.Uint: "takeUint", model.Float: "takeFloat", model.String: "takeString",
	model.Bytes: "takeBytes", model.Text: "takeText",
}

// take returns a call that reads a value.
func (w writer) take(t *model.Type) string {
	switch t.Kind {
	case model.Pointer:
		return "takeOptional(r, " + w.taker(t.Elem) + ")"
	case model.Slice:
		return "takeList(r, " + w.taker(t.Elem) + ")"
	case model.Listing:
		return "takeListing(r, " + w.taker(t.Elem) + ")"
	case model.Map:
		if isEnum(t.Key) {
			return "takeMap(r, " + w.taker(t.Elem) + ", " + w.values(t.Key) + ")"
		}
		return "takeMap[" + w.file.Type(t.Key) + "](r, " + w.taker(t.Elem) + ")"
	default:
		return w.taker(t) + "(r)"
	}
}

// taker returns a function that reads a value.
func (w writer) taker(t *model.Type) string {
	switch t.Kind {
	case model.Record:
		return "parse" + w.names.Of(t)
	case model.Pointer, model.Slice, model.Map, model.Listing:
		return "func(r *jsonReader) " + w.file.Type(t) + " { return " + w.take(t) + " }"
	}
	if isEnum(t) {
		return "parse" + w.names.Of(t)
	}
	if plain, ok := takes[t.Kind]; ok {
		return plain
	}
	return typedTakes[t.Kind] + "[" + w.file.Type(t) + "]"
}

// values returns the values of an enumeration.
func (w writer) values(t *model.Type) string {
	consts := make([]string, len(t.Values))
	for i, v := range t.Values {
		consts[i] = w.file.Qualified(*t.Name, v.Const)
	}
	return strings.Join(consts, ", ")
}
