package httpserver

import (
	"fmt"
	"net/netip"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/jsoncodec"
)

// formats shows that what is formatted is parsed as what it was.
func formats[T any](t *testing.T, format func(T) string, parse func(string) (T, error), values ...T) {
	t.Helper()
	for _, want := range values {
		text := format(want)
		if got, err := parse(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v is sent as %q and read as %v and %v", want, text, got, err)
		}
	}
}

func TestFormatsAreParsed(t *testing.T) {
	formats(t, FormatString[string], ParseString[string], "", "a b&c=d", "♥")
	formats(t, FormatBool[bool], ParseBool[bool], true, false)
	formats(t, FormatInt[int8], ParseInt[int8], -128, 127)
	formats(t, FormatUint[uint64], ParseUint[uint64], 0, 1<<64-1)
	formats(t, FormatFloat[float64], ParseFloat[float64], 0.1, 1e300, -1e-300)
	formats(t, FormatFloat[float32], ParseFloat[float32], 0.1)
	formats(t, FormatTime, ParseTime, time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC))
	formats(t, FormatDuration, ParseDuration[time.Duration], 90*time.Second, -time.Nanosecond)
	formats(t, FormatUUID, ParseUUID, kit.NewUUID())
	formats(t, FormatBytes[[]byte], ParseBytes[[]byte], []byte{0, 255})
	formats(t, FormatText[netip.Addr], ParseText[netip.Addr], netip.MustParseAddr("::1"))
}

func TestParametersAreRead(t *testing.T) {
	q := url.Values{}
	name, after := "Ada", kit.NewUUID()
	SetPage(q, kit.Page{Limit: 7, After: after})
	SetParam(q, "size", 3, FormatInt)
	SetOptional(q, "name", &name, FormatString)
	SetOptional(q, "none", nil, FormatString[string])
	SetRepeated(q, "tag", []string{"a", "b"}, FormatString)
	read := &Query{values: q}
	page := read.Page()
	got := fmt.Sprint(Required(read, "size", ParseInt[int]), *Optional(read, "name", ParseString[string]),
		Optional(read, "none", ParseString[string]), Repeated(read, "tag", ParseString[string]))
	if want := "3Ada<nil> [a b]"; got != want || page.Limit != 7 || page.After != after || read.Err() != nil {
		t.Errorf("read %s, %v and %v", got, page, read.Err())
	}
}

func TestCalls(t *testing.T) {
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Handle("POST /things", func(r *Request) (Response, error) {
			size, err := DecodeBody(r, func(body []byte) (int, error) {
				switch string(body) {
				case "1":
					return 1, nil
				case "{":
					return 0, kit.Wrap(kit.Invalid, &jsoncodec.SyntaxError{Offset: 1, Problem: "it ends early"}, "cannot be read")
				}
				return 0, kit.Violations{{Field: "big_size", Message: "is wrong"}}.Err("thing")
			})
			return Response{Body: fmt.Append(NewBody(), size)}, err
		})
	})
	c, names := b.client(t).caller, jsoncodec.Names{{Go: "BigSize", JSON: "big_size"}}
	read := func(body []byte) (string, error) { return string(body), nil }
	spec := func(body string) CallSpec { return CallSpec{Method: "POST", Path: "/things", Body: []byte(body)} }
	if got, err := Call(t.Context(), c, names, spec("1"), read); got != "1" || err != nil {
		t.Errorf("answered %q and %v", got, err)
	}
	if err := CallNoContent(t.Context(), c, names, spec("1")); err != nil {
		t.Error(err)
	}
	if _, err := Call(t.Context(), c, names, spec("2"), read); err == nil || err.Error() != "invalid thing: BigSize is wrong" {
		t.Errorf("refused with %v", err)
	}
	if got := b.do(t, ask{method: "POST", path: "/things", body: "{"}); got.status != 400 {
		t.Errorf("answered %d to what is no JSON", got.status)
	}
}
