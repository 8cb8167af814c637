package jsoncodec

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestRoundTrip(t *testing.T) {
	for name, want := range map[string]everyKind{"full": sampleOfEveryKind(), "zero": {Shade: shadeLight}} {
		t.Run(name, func(t *testing.T) {
			written := appendEveryKind(nil, want)
			if !json.Valid(written) {
				t.Fatalf("no JSON: %s", written)
			}
			if name == "zero" {
				want.Addr = want.Addr.Unmap() // the zero address is "", and is read as itself
			}
			read, err := readEveryKind(written)
			if err != nil || !reflect.DeepEqual(read, want) {
				t.Errorf("read %+v and %v of %s", read, err, written)
			}
			decoded, err := decodeEveryKind(written)
			if err != nil || !reflect.DeepEqual(decoded, want) {
				t.Errorf("decoded %+v and %v of %s", decoded, err, written)
			}
		})
	}
}

// TestWhatIsReturnedBesideAnError tests that of a value that could be read in part a client's
// is returned as far as that, and one that was kept is not.
func TestWhatIsReturnedBesideAnError(t *testing.T) {
	data := []byte(`{"quantity":3,"note":4}`)
	if got, err := Decode(data, "piece", parseTestPiece); err == nil || got.Quantity != 3 {
		t.Errorf("Decode returns %+v, %v", got, err)
	}
	if got, err := Read(data, "piece", parseTestPiece); err == nil || got != (testPiece{}) {
		t.Errorf("Read returns %+v, %v", got, err)
	}
}

func TestDecodeNamesEveryWrongField(t *testing.T) {
	_, err := decodeEveryKind([]byte(`{"flag":1,"small":128,"whole":1.5,"count":-1,"half":1e39,"ratio":"1","line":"a\u0000b",
		"shade":"grey","raw":"?","at":"yesterday","took":90,"id":"1","addr":"nowhere","maybe":7,"tags":["a",null],
		"grid":[[1],[2,"x"]],"weights":{"a":"b"},"pieces":[{"quantity":1},{}],"by_shade":{"grey":{"quantity":1}},
		"one_piece":[],"extra":{"a":[1]}}`))
	got, ok := errors.AsType[*kit.Error](err)
	if !ok || got.Code != kit.Invalid || got.Message != "invalid every kind" {
		t.Fatalf("got %v", err)
	}
	want := []kit.FieldError{
		{Field: "flag", Message: "must be true or false"},
		{Field: "small", Message: "must be between -128 and 127"},
		{Field: "whole", Message: "must be a whole number"},
		{Field: "count", Message: "must be between 0 and 65535"},
		{Field: "half", Message: "must fit a 32-bit float"},
		{Field: "ratio", Message: "must be a number"},
		{Field: "line", Message: "must not contain the character NUL"},
		{Field: "shade", Message: "must be one of light, dark"},
		{Field: "raw", Message: "must be base64"},
		{Field: "at", Message: "must be an RFC 3339 time such as 2006-01-02T15:04:05Z"},
		{Field: "took", Message: "must be a duration such as 1m30s"},
		{Field: "id", Message: "must be a UUID"},
		{Field: "addr", Message: `is invalid: ParseAddr("nowhere"): unable to parse IP`},
		{Field: "maybe", Message: "must be a string"},
		{Field: "tags[1]", Message: "is required"},
		{Field: "grid[1][1]", Message: "must be a whole number"},
		{Field: "weights[a]", Message: "must be a number"},
		{Field: "pieces[1].quantity", Message: "is required"},
		{Field: "by_shade[grey]", Message: "must be one of light, dark"},
		{Field: "one_piece", Message: "must be an object"},
		{Field: "extra", Message: "is unknown"},
	}
	if len(got.Fields) != len(want) {
		t.Errorf("%d fields, want %d: %v", len(got.Fields), len(want), got.Fields)
	}
	for i := range min(len(want), len(got.Fields)) {
		if got.Fields[i] != want[i] {
			t.Errorf("field %d: %v, want %v", i, got.Fields[i], want[i])
		}
	}
}

func TestDecodeNamesWhatIsMissing(t *testing.T) {
	_, err := decodeEveryKind([]byte(`{"maybe":null,"flag":null}`))
	got, _ := errors.AsType[*kit.Error](err)
	if got == nil || len(got.Fields) != 12 {
		t.Fatalf("got %v", err)
	}
	for _, f := range got.Fields {
		if f.Message != "is required" {
			t.Errorf("%s %s", f.Field, f.Message)
		}
	}
}

func TestReadIsLenient(t *testing.T) {
	got, err := readEveryKind([]byte(`{"later":{"a":[1,{"b":null}]},"shade":"grey","ratio":"-Infinity","flag":null,"line":"a\u0000b",
		"small":1,"small":2,"by_shade":{"grey":{}}}`))
	want := everyKind{Shade: "grey", Ratio: math.Inf(-1), Line: "a\x00b", Small: 2, ByShade: map[testShade]testPiece{"grey": {}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v and %v", got, err)
	}
	if _, err := readEveryKind([]byte(`{"small":300}`)); kit.CodeOf(err) != kit.Internal {
		t.Errorf("read what is wrong: %v", err)
	}
}

func TestNotJSON(t *testing.T) {
	for data, want := range map[string]string{
		``:                           "0: unexpected end",
		` `:                          "0: unexpected end",
		`{`:                          "1: unexpected end",
		`{"flag":true`:               "12: unexpected end",
		`{"flag":true,}`:             "12: invalid character ',' at start of value",
		`{"flag" true}`:              "8: invalid character 't' after object name (expecting ':')",
		`{flag:true}`:                "2: invalid character 'l' in literal false (expecting 'a')",
		`{"flag":tru}`:               "11: invalid character '}' in literal true (expecting 'e')",
		`{"whole":-}`:                "10: invalid character '}' in number (expecting digit)",
		`{"whole":01}`:               "10: invalid character '1' after object value (expecting ',' or '}')",
		`{"tags":["a",]}`:            "12: invalid character ',' at start of value",
		`{"line":"a` + "\n" + `"`:    `10: invalid character '\n' in string (expecting non-control character)`,
		`{"line":"\x"}`:              `9: invalid escape sequence ` + "`\\x`" + ` in string`,
		`{"line":"\ud800"}`:          `9: invalid surrogate pair ` + "`\\ud800\"}`" + ` in string`,
		`{"line":"` + "\xff" + `"}`:  "9: invalid UTF-8",
		`{"small":1,"small":2}`:      "11: duplicate object member name",
		`{"weights":{"a":1,"a":2}}`:  "18: duplicate object member name",
		`{} {}`:                      "2: more data after the value",
		`{}]`:                        "2: more data after the value",
		"\ufeff{}":                   `0: invalid character '\ufeff' at start of value`,
		strings.Repeat("[", 100_000): "10000: exceeded max depth",
		`{"extra":{"a":[1,}]}}`:      "16: invalid character ',' at start of value",
	} {
		_, err := decodeEveryKind([]byte(data))
		s, ok := errors.AsType[*SyntaxError](err)
		if !ok || kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%.40q: got %v", data, err)
		} else if s.Error() != "invalid JSON at byte "+want {
			t.Errorf("%.40q: %v, want byte %s", data, s, want)
		}
	}
}

// branch is a type that contains itself.
type branch struct{ Branches []branch }

func parseBranch(r *Reader) (v branch) {
	o := r.Object()
	for o.Next() {
		switch string(o.Name) {
		case "branches":
			v.Branches = ReadList(r, parseBranch)
		default:
			o.Unknown()
		}
	}
	return v
}

func TestTooDeep(t *testing.T) {
	nested := func(depth int) []byte {
		return []byte(strings.Repeat(`{"branches":[`, depth) + strings.Repeat(`]}`, depth))
	}
	const most = 10_000 // of lists and objects, by package jsontext
	if _, err := Decode(nested(most/2), "branch", parseBranch); err != nil {
		t.Error(err)
	}
	_, err := Decode(nested(most/2+1), "branch", parseBranch)
	if s, ok := errors.AsType[*SyntaxError](err); !ok || s.Problem != "exceeded max depth" {
		t.Errorf("got %v", err)
	}
}

func TestNotAnObject(t *testing.T) {
	for data, want := range map[string]string{
		`[]`: "the every kind must be an object", `null`: "the every kind is required", `1`: "the every kind must be an object",
	} {
		if _, err := decodeEveryKind([]byte(data)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
}

func TestManyWrongFields(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"` + strings.Repeat("ä", 1000) + `":1`)
	for i := range 10_000 {
		fmt.Fprintf(&b, `,"x%d":1`, i)
	}
	_, err := decodeEveryKind([]byte(b.String() + "}"))
	got, _ := errors.AsType[*kit.Error](err)
	if got == nil || len(got.Fields) != maxWrong || len(got.Fields[0].Field) > 70 {
		t.Errorf("%d fields are named, the first in %d bytes", len(got.Fields), len(got.Fields[0].Field))
	}
}

func TestNumbersAreExact(t *testing.T) {
	for _, f := range []float64{0, math.Copysign(0, -1), 0.1, 1e-6, 9.9e-7, 1e20, 1e21, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53} {
		b := AppendFloat(nil, f)
		if got, err := Decode(b, "number", ReadFloat[float64]); got != f || err != nil || !json.Valid(b) {
			t.Errorf("%v is written %s and read %v", f, b, got)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		b := AppendFloat(nil, f)
		if got, err := Read(b, "number", ReadFloat[float64]); fmt.Sprint(got) != fmt.Sprint(f) || err != nil {
			t.Errorf("%v is written %s and read %v", f, b, got)
		}
	}
	if got := string(AppendFloat(nil, float32(0.1))); got != "0.1" {
		t.Errorf("the float32 0.1 is written %s", got)
	}
}

func TestTimes(t *testing.T) {
	zone := time.FixedZone("", 2*60*60)
	got := string(AppendTime(nil, time.Date(2026, 1, 2, 1, 4, 5, 123456789, zone)))
	if want := `"2026-01-01T23:04:05.123456Z"`; got != want {
		t.Errorf("written %s, want %s", got, want)
	}
	for text, ok := range map[string]bool{
		"2026-01-02T15:04:05.123456789+02:00": true, "0001-01-01T00:00:00Z": true, "9999-12-31T23:59:59Z": true,
		"9999-12-31T23:59:59-01:00": false, "0000-01-01T00:00:00+01:00": false, "2026-01-02": false, "2026-1-02T15:04:05Z": false,
	} {
		if _, err := Decode([]byte(`"`+text+`"`), "time", ReadTime); (err == nil) != ok {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestListing(t *testing.T) {
	next := kit.CursorOf(kit.NewUUID())
	for want, l := range map[string]kit.Listing[int]{
		`{"items":[]}`: {},
		`{"items":[1,2],"next":"` + string(next) + `"}`: {Items: []int{1, 2}, Next: next},
	} {
		got := AppendListing(nil, l, AppendInt)
		if string(got) != want {
			t.Errorf("written %s, want %s", got, want)
		}
		back, err := Read(got, "listing", func(r *Reader) kit.Listing[int] { return ReadListing(r, ReadInt[int]) })
		if err != nil || len(back.Items) != len(l.Items) || back.Next != l.Next {
			t.Errorf("read %v and %v of %s", back, err, got)
		}
	}
}

func TestNames(t *testing.T) {
	wrong := kit.Violations{
		{Field: "Line", Message: "a"}, {Field: "Pieces[2].Quantity", Message: "b"}, {Field: "Pieces[2]", Message: "c"},
		{Field: "OnePiece.Note", Message: "d"}, {Field: "elsewhere.Line", Message: "e"}, {Field: "Flag", Message: "f"},
	}.Err("thing")
	toJSON := namesOfEveryKind.ToJSON(wrong)
	want := "invalid thing: line a; pieces[2].quantity b; pieces[2] c; one_piece.note d; elsewhere.Line e; flag f"
	if toJSON.Error() != want {
		t.Errorf("got %v, want %s", toJSON, want)
	}
	if back := namesOfEveryKind.ToGo(toJSON); back.Error() != wrong.Error() {
		t.Errorf("got %v, want %v", back, wrong)
	}
	wrapped := namesOfEveryKind.ToJSON(fmt.Errorf("while working: %w", wrong))
	if !strings.Contains(wrapped.Error(), "while working") || kit.CodeOf(wrapped) != kit.Invalid {
		t.Errorf("got %v", wrapped)
	}
	if plain := errors.New("plain"); !errors.Is(namesOfEveryKind.ToJSON(plain), plain) || namesOfEveryKind.ToJSON(nil) != nil {
		t.Error("an error without fields is another one")
	}
}

func BenchmarkAppend(b *testing.B) {
	v := sampleOfEveryKind()
	room := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		appendEveryKind(room, v)
	}
}

func BenchmarkDecode(b *testing.B) {
	data := appendEveryKind(nil, sampleOfEveryKind())
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := decodeEveryKind(data); err != nil {
			b.Fatal(err)
		}
	}
}
