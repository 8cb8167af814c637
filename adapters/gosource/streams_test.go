package gosource_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

// offers returns a port that is served, with methods.
func offers(methods string) map[string]string {
	return map[string]string{"ports/streams.go": `package ports

import (
	"context"
	"io"
	"iter"

	"example.com/shop/domain/order"
)

type fields struct{ R io.Reader }

var _ = fields{}

type Content struct{ R io.Reader }

// Streams are served.
//
//outgrow:http /streams
type Streams interface {
	Get(ctx context.Context) (order.Order, error)
` + methods + `
}

var _ iter.Seq[io.Reader]
`}
}

func TestStreams(t *testing.T) {
	p, err := read(t, offers(`	Export(ctx context.Context) iter.Seq2[order.Order, error]
	Upload(ctx context.Context, r io.Reader) (order.Order, error)
	Download(ctx context.Context) (io.ReadCloser, error)`))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Services {
		if s.Offers == nil || s.Offers.Name != "Streams" {
			continue
		}
		m := s.Offers.Methods
		if len(m) != 4 || m[1].Results[0].Kind != model.Sequence || m[1].Results[0].Elem.Struct.Name.Name != "Order" ||
			m[2].Params[0].Type.Kind != model.Reader || m[3].Results[0].Kind != model.Reader {
			t.Errorf("%+v", m)
		}
		return
	}
	t.Error("it is not served")
}

func TestLimits(t *testing.T) {
	upload := func(limit string) map[string]string {
		return offers("\t// Upload keeps it.\n\t//\n\t//outgrow:limit" + limit + "\n\tUpload(ctx context.Context, r io.Reader) (order.Order, error)\n" +
			"\tMore(ctx context.Context) iter.Seq2[order.Order, error]")
	}
	for said, want := range map[string]int64{" 10KB": 10_000, "  5MB ": 5_000_000, " 123GB": 123_000_000_000} {
		p, err := read(t, upload(said))
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(p.Services, func(s model.Service) bool { return s.Offers != nil && s.Offers.Name == "Streams" })
		if m := p.Services[i].Offers.Methods[1]; m.Limit == nil || m.Limit.Bytes != want {
			t.Errorf("%s is read as %+v", said, m.Limit)
		}
	}
	for _, said := range []string{"", " 0MB", " 10", " 10 MB", " 1.5GB", " ten"} {
		_, err := read(t, upload(said))
		want := "ports/streams.go:24:2: //outgrow:limit has no valid size; write a number with KB, MB or GB behind it, such as //outgrow:limit 10MB"
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v", said, err)
		}
	}
}

// TestProblemsOfStreams shows what is refused, as docs/what-can-be-derived.md does.
func TestProblemsOfStreams(t *testing.T) {
	document, err := os.ReadFile("../../docs/what-can-be-derived.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := 0
	for method, want := range map[string]string{
		"A(ctx context.Context) iter.Seq[order.Order]":                    ":25: the sequence that A returns cannot tell that it failed; return iter.Seq2[order.Order, error] alone",
		"A(ctx context.Context) iter.Seq2[string, order.Order]":           ":25: the sequence that A returns cannot tell that it failed; return iter.Seq2[order.Order, error] alone",
		"A(ctx context.Context) (iter.Seq2[order.Order, error], error)":   ":26: A returns more than a sequence, which has its error in it; return iter.Seq2[order.Order, error] alone",
		"A(ctx context.Context) iter.Seq2[string, error]":                 ":25: an element of the sequence that A returns is no struct, so that it could never have more; declare a struct, and return a sequence of those",
		"A(ctx context.Context, all iter.Seq2[order.Order, error]) error": ":25: a sequence cannot be a parameter, nor a part of another type; take a slice or an io.Reader, and return iter.Seq2[T, error] for what comes one by one",
		"A(ctx context.Context) (<-chan order.Order, error)":              ":26: the type <-chan order.Order cannot cross a port; use scalars, slices, maps, pointers and named structs, and return iter.Seq2[T, error] for what comes one by one",
		"A(ctx context.Context, do func(order.Order) error) error":        ":25: the type func(order.Order) error cannot cross a port; use scalars, slices, maps, pointers and named structs, and return iter.Seq2[T, error] for what comes one by one",
		"A(ctx context.Context) (io.Reader, error)":                       ":26: an io.Reader cannot cross a port; return an io.ReadCloser, which its caller closes",
		"A(ctx context.Context, w io.Writer) error":                       ":25: an io.Writer cannot cross a port; take an io.Reader",
		"A(ctx context.Context, rs []io.Reader) error":                    ":25: an io.Reader cannot be a part of another type; take an io.Reader as a parameter, or return an io.ReadCloser and an error",
		"A(ctx context.Context, c Content) error":                         "ports/streams.go:15:22: an io.Reader cannot be a part of another type",
	} {
		_, err := read(t, offers("\t"+method))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "ports/streams.go:") {
			t.Errorf("%s\ngot  %v\nwant %s", method, err, want)
		}
		_, said, _ := strings.Cut(want, ": ")
		if strings.Contains(string(document), "\n| `"+method+"` | "+said+" |\n") {
			documented++
		}
	}
	if documented != 9 {
		t.Errorf("%d of these are documented", documented)
	}
}
