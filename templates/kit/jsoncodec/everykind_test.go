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
	b = AppendBool(b, v.Flag)
	b = append(b, `,"small":`...)
	b = AppendInt(b, v.Small)
	b = append(b, `,"whole":`...)
	b = AppendInt(b, v.Whole)
	b = append(b, `,"count":`...)
	b = AppendUint(b, v.Count)
	b = append(b, `,"half":`...)
	b = AppendFloat(b, v.Half)
	b = append(b, `,"ratio":`...)
	b = AppendFloat(b, v.Ratio)
	b = append(b, `,"line":`...)
	b = AppendString(b, v.Line)
	b = append(b, `,"shade":`...)
	b = AppendString(b, v.Shade)
	b = append(b, `,"raw":`...)
	b = AppendBytes(b, v.Raw)
	b = append(b, `,"at":`...)
	b = AppendTime(b, v.At)
	b = append(b, `,"took":`...)
	b = AppendDuration(b, v.Took)
	b = append(b, `,"id":`...)
	b = AppendUUID(b, v.ID)
	b = append(b, `,"addr":`...)
	b = AppendText(b, v.Addr)
	b = append(b, `,"maybe":`...)
	b = AppendOptional(b, v.Maybe, AppendString)
	b = append(b, `,"tags":`...)
	b = AppendList(b, v.Tags, AppendString)
	b = append(b, `,"grid":`...)
	b = AppendList(b, v.Grid, func(b []byte, v []int64) []byte { return AppendList(b, v, AppendInt) })
	b = append(b, `,"weights":`...)
	b = AppendMap(b, v.Weights, AppendFloat)
	b = append(b, `,"pieces":`...)
	b = AppendList(b, v.Pieces, appendTestPiece)
	b = append(b, `,"by_shade":`...)
	b = AppendMap(b, v.ByShade, appendTestPiece)
	b = append(b, `,"one_piece":`...)
	b = AppendOptional(b, v.OnePiece, appendTestPiece)
	return append(b, '}')
}

func appendTestPiece(b []byte, v testPiece) []byte {
	b = append(b, `{"quantity":`...)
	b = AppendInt(b, v.Quantity)
	b = append(b, `,"note":`...)
	b = AppendOptional(b, v.Note, AppendString)
	return append(b, '}')
}

func decodeEveryKind(data []byte) (everyKind, error) {
	return Decode(data, "every kind", parseEveryKind)
}

func readEveryKind(data []byte) (everyKind, error) {
	return Read(data, "every kind", parseEveryKind)
}

func parseEveryKind(r *Reader) (v everyKind) {
	o := r.Object("flag", "small", "whole", "count", "half", "ratio", "line", "shade", "at", "took", "id", "addr")
	for o.Next() {
		switch string(o.Name) {
		case "flag":
			v.Flag = ReadBool[bool](r)
		case "small":
			v.Small = ReadInt[int8](r)
		case "whole":
			v.Whole = ReadInt[int64](r)
		case "count":
			v.Count = ReadUint[uint16](r)
		case "half":
			v.Half = ReadFloat[float32](r)
		case "ratio":
			v.Ratio = ReadFloat[float64](r)
		case "line":
			v.Line = ReadString[string](r)
		case "shade":
			v.Shade = parseTestShade(r)
		case "raw":
			v.Raw = ReadBytes[[]byte](r)
		case "at":
			v.At = ReadTime(r)
		case "took":
			v.Took = ReadDuration(r)
		case "id":
			v.ID = ReadUUID(r)
		case "addr":
			v.Addr = ReadText[netip.Addr](r)
		default:
			parseRestOfEveryKind(r, &o, &v)
		}
	}
	return v
}

func parseRestOfEveryKind(r *Reader, o *Object, v *everyKind) {
	switch string(o.Name) {
	case "maybe":
		v.Maybe = ReadOptional(r, ReadString[string])
	case "tags":
		v.Tags = ReadList(r, ReadString[string])
	case "grid":
		v.Grid = ReadList(r, func(r *Reader) []int64 { return ReadList(r, ReadInt[int64]) })
	case "weights":
		v.Weights = ReadMap[string](r, ReadFloat[float64])
	case "pieces":
		v.Pieces = ReadList(r, parseTestPiece)
	case "by_shade":
		v.ByShade = ReadMap(r, parseTestPiece, shadeLight, shadeDark)
	case "one_piece":
		v.OnePiece = ReadOptional(r, parseTestPiece)
	default:
		o.Unknown()
	}
}

func parseTestPiece(r *Reader) (v testPiece) {
	o := r.Object("quantity")
	for o.Next() {
		switch string(o.Name) {
		case "quantity":
			v.Quantity = ReadInt[int](r)
		case "note":
			v.Note = ReadOptional(r, ReadString[string])
		default:
			o.Unknown()
		}
	}
	return v
}

func parseTestShade(r *Reader) testShade { return ReadEnum(r, shadeLight, shadeDark) }

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
