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
func formats[T any](t *testing.T, app func([]byte, T) []byte, read func(*jsoncodec.Reader) T, values ...T) {
	t.Helper()
	for _, want := range values {
		text := jsoncodec.Format(want, app)
		if got, err := jsoncodec.Parse(text, read); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v is sent as %q and read as %v and %v", want, text, got, err)
		}
	}
}

func TestFormatsAreParsed(t *testing.T) {
	formats(t, jsoncodec.AppendString[string], jsoncodec.ReadString[string], "", "a b&c=d", "♥")
	formats(t, jsoncodec.AppendBool[bool], jsoncodec.ReadBool[bool], true, false)
	formats(t, jsoncodec.AppendInt[int8], jsoncodec.ReadInt[int8], -128, 127)
	formats(t, jsoncodec.AppendUint[uint64], jsoncodec.ReadUint[uint64], 0, 1<<64-1)
	formats(t, jsoncodec.AppendFloat[float64], jsoncodec.ReadFloat[float64], 0.1, 1e300, -1e-300)
	formats(t, jsoncodec.AppendFloat[float32], jsoncodec.ReadFloat[float32], 0.1)
	formats(t, jsoncodec.AppendTime, jsoncodec.ReadTime, time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC))
	formats(t, jsoncodec.AppendDuration, jsoncodec.ReadDuration, 90*time.Second, -time.Nanosecond)
	formats(t, jsoncodec.AppendUUID, jsoncodec.ReadUUID, kit.NewUUID())
	formats(t, jsoncodec.AppendBytes[[]byte], jsoncodec.ReadBytes[[]byte], []byte{0, 255})
	formats(t, jsoncodec.AppendText[netip.Addr], jsoncodec.ReadText[netip.Addr], netip.MustParseAddr("::1"))
}

func TestParametersAreRead(t *testing.T) {
	q := url.Values{}
	name, after := "Ada", kit.CursorOf(kit.NewUUID())
	SetPage(q, kit.Page{Limit: 7, After: after})
	q.Set("size", jsoncodec.Format(3, jsoncodec.AppendInt))
	SetOptional(q, "name", &name, jsoncodec.AppendString)
	SetOptional(q, "none", nil, jsoncodec.AppendString[string])
	SetRepeated(q, "tag", []string{"a", "b"}, jsoncodec.AppendString)
	read := &Query{values: q}
	page := read.Page()
	got := fmt.Sprint(Required(read, "size", jsoncodec.ReadInt[int]), *Optional(read, "name", jsoncodec.ReadString[string]),
		Optional(read, "none", jsoncodec.ReadString[string]), Repeated(read, "tag", jsoncodec.ReadString[string]))
	if want := "3Ada<nil> [a b]"; got != want || page.Limit != 7 || page.After != after || read.Err() != nil {
		t.Errorf("read %s, %v and %v", got, page, read.Err())
	}
}

func TestCalls(t *testing.T) {
	b := serve(t, Config{}, nil, func(s *Server) {
		s.Post("/things", func(r *Request) (Response, error) {
			size, err := DecodeBody(r, func(body []byte) (int, error) {
				switch string(body) {
				case "1":
					return 1, nil
				case "{":
					return 0, kit.Wrap(kit.Invalid, &jsoncodec.SyntaxError{Offset: 1, Problem: "it ends early"}, "cannot be read")
				}
				return 0, kit.Violations{{Field: "big_size", Message: "is wrong"}}.Err("thing")
			}, nil)
			return Response{Body: fmt.Append(nil, size)}, err
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
