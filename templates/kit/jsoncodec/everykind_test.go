package jsoncodec

import (
	"net/netip"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// everyKind has a field of every kind, and the functions below have the form in
// which they are derived for the types of a project.
type everyKind struct {
	Flag     bool
	Small    int8
	Whole    int64
	Count    uint16
	Half     float32
	Ratio    float64
	Line     string
	Shade    testShade
	Raw      []byte
	At       time.Time
	Took     time.Duration
	ID       kit.UUID
	Addr     netip.Addr
	Maybe    *string
	Tags     []string
	Grid     [][]int64
	Weights  map[string]float64
	Pieces   []testPiece
	ByShade  map[testShade]testPiece
	OnePiece *testPiece
}

type testShade string

const (
	shadeLight testShade = "light"
	shadeDark  testShade = "dark"
)

type testPiece struct {
	Quantity int
	Note     *string
}

var namesOfEveryKind = Names{
	{Go: "Flag", JSON: "flag"},
	{Go: "Line", JSON: "line"},
	{Go: "OnePiece", JSON: "one_piece", Within: namesOfTestPiece},
	{Go: "Pieces", JSON: "pieces", Within: namesOfTestPiece},
}

var namesOfTestPiece = Names{{Go: "Quantity", JSON: "quantity"}, {Go: "Note", JSON: "note"}}

func appendEveryKind(b []byte, v everyKind) []byte {
	b = append(b, `{"flag":`...)
	b = putBool(b, v.Flag)
	b = append(b, `,"small":`...)
	b = putInt(b, v.Small)
	b = append(b, `,"whole":`...)
	b = putInt(b, v.Whole)
	b = append(b, `,"count":`...)
	b = putUint(b, v.Count)
	b = append(b, `,"half":`...)
	b = putFloat(b, v.Half)
	b = append(b, `,"ratio":`...)
	b = putFloat(b, v.Ratio)
	b = append(b, `,"line":`...)
	b = putString(b, v.Line)
	b = append(b, `,"shade":`...)
	b = putString(b, v.Shade)
	b = append(b, `,"raw":`...)
	b = putBytes(b, v.Raw)
	b = append(b, `,"at":`...)
	b = putTime(b, v.At)
	b = append(b, `,"took":`...)
	b = putDuration(b, v.Took)
	b = append(b, `,"id":`...)
	b = putUUID(b, v.ID)
	b = append(b, `,"addr":`...)
	b = putText(b, v.Addr)
	b = append(b, `,"maybe":`...)
	b = putOptional(b, v.Maybe, putString)
	b = append(b, `,"tags":`...)
	b = putList(b, v.Tags, putString)
	b = append(b, `,"grid":`...)
	b = putList(b, v.Grid, func(b []byte, v []int64) []byte { return putList(b, v, putInt) })
	b = append(b, `,"weights":`...)
	b = putMap(b, v.Weights, putFloat)
	b = append(b, `,"pieces":`...)
	b = putList(b, v.Pieces, appendTestPiece)
	b = append(b, `,"by_shade":`...)
	b = putMap(b, v.ByShade, appendTestPiece)
	b = append(b, `,"one_piece":`...)
	b = putOptional(b, v.OnePiece, appendTestPiece)
	return append(b, '}')
}

func appendTestPiece(b []byte, v testPiece) []byte {
	b = append(b, `{"quantity":`...)
	b = putInt(b, v.Quantity)
	b = append(b, `,"note":`...)
	b = putOptional(b, v.Note, putString)
	return append(b, '}')
}

func decodeEveryKind(data []byte) (everyKind, error) {
	r := newStrictReader(data)
	v := parseEveryKind(r)
	return v, r.finish("every kind")
}

func readEveryKind(data []byte) (everyKind, error) {
	r := newKeptReader(data)
	v := parseEveryKind(r)
	return v, r.finish("every kind")
}

func parseEveryKind(r *jsonReader) (v everyKind) {
	var seen [20]bool
	o := r.object()
	for o.next() {
		switch string(o.name) {
		case "flag":
			o.member(&seen[0])
			v.Flag = takeBool[bool](r)
		case "small":
			o.member(&seen[1])
			v.Small = takeInt[int8](r)
		case "whole":
			o.member(&seen[2])
			v.Whole = takeInt[int64](r)
		case "count":
			o.member(&seen[3])
			v.Count = takeUint[uint16](r)
		case "half":
			o.member(&seen[4])
			v.Half = takeFloat[float32](r)
		case "ratio":
			o.member(&seen[5])
			v.Ratio = takeFloat[float64](r)
		case "line":
			o.member(&seen[6])
			v.Line = takeString[string](r)
		case "shade":
			o.member(&seen[7])
			v.Shade = parseTestShade(r)
		case "raw":
			o.member(&seen[8])
			v.Raw = takeBytes[[]byte](r)
		case "at":
			o.member(&seen[9])
			v.At = takeTime(r)
		case "took":
			o.member(&seen[10])
			v.Took = takeDuration(r)
		case "id":
			o.member(&seen[11])
			v.ID = takeUUID(r)
		case "addr":
			o.member(&seen[12])
			v.Addr = takeText[netip.Addr](r)
		default:
			parseRestOfEveryKind(r, &o, &v, seen[13:])
		}
	}
	o.require(seen[:], "flag", "small", "whole", "count", "half", "ratio", "line", "shade", "", "at", "took", "id", "addr",
		"", "", "", "", "", "", "")
	return v
}

func parseRestOfEveryKind(r *jsonReader, o *jsonObject, v *everyKind, seen []bool) {
	switch string(o.name) {
	case "maybe":
		o.member(&seen[0])
		v.Maybe = takeOptional(r, takeString[string])
	case "tags":
		o.member(&seen[1])
		v.Tags = takeList(r, takeString[string])
	case "grid":
		o.member(&seen[2])
		v.Grid = takeList(r, func(r *jsonReader) []int64 { return takeList(r, takeInt[int64]) })
	case "weights":
		o.member(&seen[3])
		v.Weights = takeMap[string](r, takeFloat[float64])
	case "pieces":
		o.member(&seen[4])
		v.Pieces = takeList(r, parseTestPiece)
	case "by_shade":
		o.member(&seen[5])
		v.ByShade = takeMap(r, parseTestPiece, shadeLight, shadeDark)
	case "one_piece":
		o.member(&seen[6])
		v.OnePiece = takeOptional(r, parseTestPiece)
	default:
		o.unknown()
	}
}

func parseTestPiece(r *jsonReader) (v testPiece) {
	var seen [2]bool
	o := r.object()
	for o.next() {
		switch string(o.name) {
		case "quantity":
			o.member(&seen[0])
			v.Quantity = takeInt[int](r)
		case "note":
			o.member(&seen[1])
			v.Note = takeOptional(r, takeString[string])
		default:
			o.unknown()
		}
	}
	o.require(seen[:], "quantity", "")
	return v
}

func parseTestShade(r *jsonReader) testShade { return takeEnum(r, shadeLight, shadeDark) }

func sampleOfEveryKind() everyKind {
	text := "two\nlines, a \"quote\", a \\ and \x01"
	return everyKind{
		Flag: true, Small: -128, Whole: 1<<63 - 1, Count: 1<<16 - 1, Half: 0.1, Ratio: 1e-300,
		Line: "Ada ♥ 🎈", Shade: shadeDark, Raw: []byte{0, 255}, At: time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC),
		Took: 90 * time.Second, ID: kit.NewUUID(), Addr: netip.MustParseAddr("::1"), Maybe: &text,
		Tags: []string{"", "é"}, Grid: [][]int64{{1, -2}, {}, nil}, Weights: map[string]float64{"b": 1, "a": -0.5},
		Pieces: []testPiece{{Quantity: 1}, {Quantity: 2, Note: &text}}, ByShade: map[testShade]testPiece{shadeLight: {Quantity: 3}},
		OnePiece: &testPiece{Quantity: 4},
	}
}
