package gosource_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/adapters/gosource"
)

// mailer declares a port with what people write.
const mailer = `package ports

import (
	"context"
	"io"
	clock "time"

	"example.com/shop/domain/order"
	"example.com/shop/domain/slog"
	"example.com/shop/kit"
)

type Attachment struct{ io.Reader }

type Sizes [2]int

type Mailer interface {
	Send(ctx context.Context, to, subject string, _ []Attachment, at *clock.Time, more ...order.Status) error
	sender
}

type sender interface {
	Log(context.Context, slog.Line, func(n int) (kit.UUID, error), map[string]chan<- bool) (n int64, ok bool, o order.Order, s Sizes, any any, r io.Reader, st order.Status, _ error)
}
`

func TestDeclared(t *testing.T) {
	d, err := gosource.Declared(t.Context(), shop(t, map[string]string{
		"ports/mailer.go":     mailer,
		"domain/slog/slog.go": "package slog\n\ntype Line struct{ Text string }\n",
	}), "", "Mailer")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, m := range d.Methods {
		fmt.Fprintf(&got, "%s\n", m.Name)
		for _, v := range slices.Concat(m.Params, m.Results) {
			fmt.Fprintf(&got, "\t%s: %s = %s\n", v.Name, v.Type, v.Zero)
		}
	}
	for _, p := range slices.Sorted(maps.Keys(d.Imports)) {
		fmt.Fprintf(&got, "%s %s\n", d.Imports[p], p)
	}
	const want = `Send
	to: string = ""
	subject: string = ""
	_: []ports.Attachment = nil
	at: *time.Time = nil
	more: ...order.Status = nil
Log
	: slogdomain.Line = slogdomain.Line{}
	: func(n int) (kit.UUID, error) = nil
	: map[string]chan<- bool = nil
	n: int64 = 0
	ok: bool = false
	o: order.Order = order.Order{}
	s: ports.Sizes = ports.Sizes{}
	any: any = nil
	r: io.Reader = nil
	st: order.Status = ""
order example.com/shop/domain/order
slogdomain example.com/shop/domain/slog
kit example.com/shop/kit
ports example.com/shop/ports
io io
time time
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

func TestDeclaredRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"type Mail interface{ Send(context.Context) error }":                           "ports: there is no interface Mailer; declare it",
		"type Mailer struct{}":                                                         "ports: there is no interface Mailer",
		"type Mailer interface{}":                                                      "ports/mailer.go:5:6: Mailer has no methods",
		"type Mailer[T any] interface{ Send(context.Context, T) error }":               "ports/mailer.go:5:6: Mailer has type parameters",
		"type Mailer interface{ Send(to string) error }":                               "ports/mailer.go:5:24: Send does not begin with a context",
		"type Mailer interface{ Send(context.Context) }":                               "ports/mailer.go:5:24: Send does not end with an error",
		"type Mailer interface{ send(context.Context) error }":                         "ports/mailer.go:5:24: the method send is unexported",
		"type (\nt int\nMailer interface{ Send(context.Context, map[int]t) error }\n)": "the type map[int]ports.t is unexported",
		"type Mailer interface{ Send(context.Context, x int) error }":                  "ports/mailer.go:5:",
		"type Mailer interface{":                                                       "ports/mailer.go:7:1: expected '}'",
	} {
		text = "package ports\n\nimport \"context\"\n\n" + text + "\n\nvar _ context.Context\n"
		_, err := gosource.Declared(t.Context(), shop(t, map[string]string{"ports/mailer.go": text}), "", "Mailer")
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}
