package httpserver

import (
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

type (
	color  string
	level  int8
	weight float32
)

func queryOf(raw string) *Query {
	r := &Request{Request: httptest.NewRequest(http.MethodGet, "/?"+raw, http.NoBody)}
	return r.Query()
}

// given reads one parameter as text.
func given[T any](text string, read func(*jsoncodec.Reader) T) (any, error) {
	return jsoncodec.Parse(text, read)
}

func TestParse(t *testing.T) {
	at := time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)
	colors := func(r *jsoncodec.Reader) color { return jsoncodec.ReadEnum[color](r, "red", "blue") }
	for _, c := range []struct {
		text string
		read func(text string) (any, error)
		want any // nil where it is wrong
	}{
		{"", func(s string) (any, error) { return given(s, jsoncodec.ReadString[string]) }, ""},
		{"ä b", func(s string) (any, error) { return given(s, jsoncodec.ReadString[color]) }, color("ä b")},
		{"\xff", func(s string) (any, error) { return given(s, jsoncodec.ReadString[string]) }, nil},
		{"a\x00", func(s string) (any, error) { return given(s, jsoncodec.ReadString[string]) }, nil},
		{"blue", func(s string) (any, error) { return given(s, colors) }, color("blue")},
		{"Blue", func(s string) (any, error) { return given(s, colors) }, nil},
		{"true", func(s string) (any, error) { return given(s, jsoncodec.ReadBool[bool]) }, true},
		{"false", func(s string) (any, error) { return given(s, jsoncodec.ReadBool[bool]) }, false},
		{"1", func(s string) (any, error) { return given(s, jsoncodec.ReadBool[bool]) }, nil},
		{"-128", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[level]) }, level(-128)},
		{"128", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[level]) }, nil},
		{"+1", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[int]) }, nil},
		{"1_0", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[int]) }, nil},
		{"9223372036854775807", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[int64]) }, int64(math.MaxInt64)},
		{"9223372036854775808", func(s string) (any, error) { return given(s, jsoncodec.ReadInt[int64]) }, nil},
		{"255", func(s string) (any, error) { return given(s, jsoncodec.ReadUint[uint8]) }, uint8(255)},
		{"256", func(s string) (any, error) { return given(s, jsoncodec.ReadUint[uint8]) }, nil},
		{"-1", func(s string) (any, error) { return given(s, jsoncodec.ReadUint[uint64]) }, nil},
		{"1e3", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, 1000.0},
		{"0.1", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[weight]) }, weight(0.1)},
		{"1e39", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[weight]) }, nil},
		{"NaN", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, nil},
		{"Inf", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, nil},
		{"0x1p4", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, nil},
		{"", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, nil},
		{"1..2", func(s string) (any, error) { return given(s, jsoncodec.ReadFloat[float64]) }, nil},
		{"2026-01-02T16:04:05.123456789+01:00", func(s string) (any, error) { return given(s, jsoncodec.ReadTime) }, at},
		{"2026-01-02", func(s string) (any, error) { return given(s, jsoncodec.ReadTime) }, nil},
		{"1m30s", func(s string) (any, error) { return given(s, jsoncodec.ReadDuration) }, 90 * time.Second},
		{"90", func(s string) (any, error) { return given(s, jsoncodec.ReadDuration) }, nil},
		{"0198C0F2-7d6e-7a3b-8c4d-5e6f70819203", func(s string) (any, error) { return given(s, jsoncodec.ReadUUID) },
			kit.UUID{0x01, 0x98, 0xc0, 0xf2, 0x7d, 0x6e, 0x7a, 0x3b, 0x8c, 0x4d, 0x5e, 0x6f, 0x70, 0x81, 0x92, 0x03}},
		{"0198c0f27d6e7a3b8c4d5e6f70819203", func(s string) (any, error) { return given(s, jsoncodec.ReadUUID) }, nil},
		{"aGk=", func(s string) (any, error) { return given(s, jsoncodec.ReadBytes[[]byte]) }, []byte("hi")},
		{"aGk", func(s string) (any, error) { return given(s, jsoncodec.ReadBytes[[]byte]) }, nil},
		{"10.0.0.7", func(s string) (any, error) { return given(s, jsoncodec.ReadText[netip.Addr]) }, netip.MustParseAddr("10.0.0.7")},
		{"10.0.0", func(s string) (any, error) { return given(s, jsoncodec.ReadText[netip.Addr]) }, nil},
		{"\x00", func(s string) (any, error) { return given(s, jsoncodec.ReadText[netip.Addr]) }, nil},
	} {
		got, err := c.read(c.text)
		if (err != nil) != (c.want == nil) || (err == nil && !reflect.DeepEqual(got, c.want)) {
			t.Errorf("%q: %v, %v; want %v", c.text, got, err, c.want)
		}
	}
}

func TestQuery(t *testing.T) {
	q := queryOf("a=1&b=2&b=3&limit=7&after=0198c0f2-7d6e-7a3b-8c4d-5e6f70819203")
	a := Required(q, "a", jsoncodec.ReadInt[int])
	b := Repeated(q, "b", jsoncodec.ReadInt[int64])
	c := Optional(q, "c", jsoncodec.ReadString[string])
	d := Repeated(q, "d", jsoncodec.ReadString[string])
	page := q.Page()
	if err := q.Err(); err != nil {
		t.Fatal(err)
	}
	if a != 1 || !reflect.DeepEqual(b, []int64{2, 3}) || c != nil || d != nil || page.Limit != 7 || page.After.IsZero() {
		t.Errorf("got %v %v %v %v %v", a, b, c, d, page)
	}
	if page := queryOf("").Page(); page != (kit.Page{Limit: DefaultLimit}) {
		t.Errorf("got %+v", page)
	}
}

func TestQueryNamesAll(t *testing.T) {
	q := queryOf("a=x&b=1&b=2&z=1")
	Required(q, "a", jsoncodec.ReadInt[int])
	Required(q, "b", jsoncodec.ReadInt[int])
	Required(q, "c", jsoncodec.ReadInt[int])
	e, ok := errors.AsType[*kit.Error](q.Err())
	want := []kit.FieldError{
		{Field: "a", Message: "must be a whole number"},
		{Field: "b", Message: "must be given once"},
		{Field: "c", Message: "is required"},
		{Field: "z", Message: "is not a parameter of this request, which takes a, b, c"},
	}
	if !ok || !reflect.DeepEqual(e.Fields, want) {
		t.Errorf("got %v", e)
	}
}

// TestWhatIsWrittenIsRead draws numbers and reads them as they are written.
func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		if got, err := jsoncodec.Parse(jsoncodec.Format(n, jsoncodec.AppendInt), jsoncodec.ReadInt[int64]); err != nil || got != n {
			t.Errorf("%d: %d, %v", n, got, err)
		}
		small, err := jsoncodec.Parse(strconv.FormatInt(n, 10), jsoncodec.ReadInt[int16])
		if (err == nil) != (n >= math.MinInt16 && n <= math.MaxInt16) || (err == nil && int64(small) != n) {
			t.Errorf("%d: %d, %v", n, small, err)
		}
		f := rapid.Float64().Draw(t, "f")
		if got, err := jsoncodec.Parse(jsoncodec.Format(f, jsoncodec.AppendFloat), jsoncodec.ReadFloat[float64]); err != nil || got != f {
			t.Errorf("%g: %g, %v", f, got, err)
		}
		version := rapid.Int64Min(1).Draw(t, "version")
		for _, tag := range []string{versionTag(version), Response{Version: version, Body: []byte(versionTag(n))}.tag()} {
			if got := versionOf(tag); got != version {
				t.Errorf("%s: %d, want %d", tag, got, version)
			}
		}
	})
}

func TestAllOf(t *testing.T) {
	path, body := kit.Violations{{Field: "id"}}.Err("path"), kit.Violations{{Field: "a"}, {Field: "b"}}.Err("body")
	other := malformed("m", errDisk)
	if err := AllOf(nil, nil); err != nil {
		t.Errorf("nothing is wrong: %v", err)
	}
	e, ok := errors.AsType[*kit.Error](AllOf(path, nil, body))
	if want := []kit.FieldError{{Field: "id"}, {Field: "a"}, {Field: "b"}}; !ok || e.Code != kit.Invalid || !reflect.DeepEqual(e.Fields, want) {
		t.Errorf("got %v, want %v", e, want)
	}
	if err := AllOf(path, other, body); !errors.Is(err, other) {
		t.Errorf("got %v, want what is about no field", err)
	}
}
