package gosource_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/outgrowkit/outgrow/adapters/embedded"
	"github.com/outgrowkit/outgrow/adapters/english"
	"github.com/outgrowkit/outgrow/adapters/gosource"
	"github.com/outgrowkit/outgrow/adapters/scaffold"
	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
)

// shop returns the domain and the ports of a project with one service. The files replace
// or add to its own.
func shop(t *testing.T, files map[string]string) fstest.MapFS {
	t.Helper()
	source, err := embedded.Open(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	kit, err := source.Packages("example.com/shop", []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scaffold.New(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	service, err := blueprint.ParseService("order customer:string total:int64 notes:text? status:enum:draft,paid tags:[]string at:time?", english.English{})
	if err != nil {
		t.Fatal(err)
	}
	b := blueprint.Blueprint{Name: "shop", Module: "example.com/shop", Services: []blueprint.Service{service}}
	rendered, err := s.Service(b, service)
	if err != nil {
		t.Fatal(err)
	}
	folder := fstest.MapFS{"go.mod": {Data: []byte("module example.com/shop\n\ngo 1.26\n")}}
	for _, f := range append(kit, rendered...) {
		folder[f.Path] = &fstest.MapFile{Data: f.Data}
	}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return folder
}

func read(t *testing.T, files map[string]string) (model.Project, error) {
	t.Helper()
	reader := &gosource.Reader{Language: english.English{}}
	return reader.Read(t.Context(), shop(t, files), "")
}

func TestRead(t *testing.T) {
	p, err := read(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Module != "example.com/shop" || len(p.Services) != 1 || len(p.Events) != 3 {
		t.Fatalf("read %+v", p)
	}
	s := p.Services[0]
	if s.Offers.Name != "Orders" || s.Offers.Path != "/orders" || len(s.Offers.Methods) != 5 || s.Keeps.Name != "OrderStore" || len(s.Keeps.Methods) != 6 {
		t.Errorf("the service: %+v, %+v", s.Offers, s.Keeps)
	}
	var fields []string
	for _, f := range s.Entity.Fields {
		text := strings.Join(append(f.Via, f.Name), ".") + " " + f.Wire + " " + string(f.Type.Kind)
		for _, v := range f.Type.Values {
			text += " " + v.Const + "=" + v.Text
		}
		fields = append(fields, text)
	}
	want := `ID id uuid
Details.Customer customer string
Details.Total total int
Details.Notes notes pointer
Details.Status status string StatusDraft=draft StatusPaid=paid
Details.Tags tags slice
Details.At at pointer
Version version int
CreatedAt created_at time
UpdatedAt updated_at time`
	if got := strings.Join(fields, "\n"); got != want {
		t.Errorf("fields:\n%s\nwant:\n%s", got, want)
	}
	if got := fmt.Sprint(p.Events[0].Topic, " ", p.Events[1].Topic, " ", p.Events[2].Topic); got != "order.created order.deleted order.updated" {
		t.Errorf("topics: %s", got)
	}
}

// TestProblems shows that everything that cannot be derived is reported at once, with its
// position and what to do instead.
func TestProblems(t *testing.T) {
	_, err := read(t, map[string]string{
		"domain/broken/broken.go": `package broken

import (
	"time"

	"example.com/shop/kit"
)

type Broken struct {
	ID      kit.UUID
	Version int64
	Call    func()
	Queue   chan int
	Any     any
	hidden  int
	Self    *Broken
	Inline  struct{ A int }
	Keys    map[int]string
	Twice   **string
	At      At
}

type At time.Time

type Happened struct{ Broken Broken }

var topic = "broken"

func (Happened) Topic() string { return topic }
func (Happened) Key() string   { return "" }
`,
		"ports/broken.go": `package ports

import (
	"context"

	"example.com/shop/kit"
	"example.com/shop/domain/broken"
)

// Brokens is served.
//
//outgrow:http /brokens
type Brokens interface {
	NoContext(id kit.UUID) error
	NoError(ctx context.Context, b broken.Broken)
	Unnamed(context.Context, broken.Broken) error
	Many(ctx context.Context, b ...broken.Broken) error
}
`,
	})
	if err == nil {
		t.Fatal("nothing was wrong")
	}
	if strings.Contains("\n"+err.Error(), "\n-:") {
		t.Errorf("a problem has no position:\n%v", err)
	}
	for _, want := range []string{
		"domain/broken/broken.go:12:", "domain/broken/broken.go:13:", "domain/broken/broken.go:14:",
		"domain/broken/broken.go:23:6: the fields of broken.At are those of a type of the package time, which are unexported", "hidden is unexported",
		"contains itself", "struct without a name", "keys that are strings", "two ways to be absent", "is not a constant",
		"ports/broken.go:14:", "does not begin with a context", "does not end with an error", "has no name", "is variadic",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the problems do not say %q:\n%v", want, err)
		}
	}
}

// TestTypesThatContainThemselves shows that a type that contains itself, by whatever way,
// is told and not followed for ever.
func TestTypesThatContainThemselves(t *testing.T) {
	for _, declared := range []string{
		"type Tree []Tree", "type Tree []*Tree", "type Tree map[string]Tree", "type Tree map[string][]Tree",
		"type Tree struct{ Left *Tree }", "type Tree struct{ Trees Trees }\n\ntype Trees []Tree",
		"type Tree []Branch\n\ntype Branch = Tree",
	} {
		_, err := read(t, map[string]string{
			"domain/wood/wood.go": "package wood\n\ntype Wood struct{ Tree Tree }\n\n" + declared + "\n",
			"ports/wood.go": `package ports

import (
	"context"

	"example.com/shop/domain/wood"
)

// Woods is served.
//
//outgrow:http /woods
type Woods interface {
	Plant(ctx context.Context, w wood.Wood) error
}
`,
		})
		if err == nil || !strings.Contains(err.Error(), "contains itself; refer to the other value by its ID") {
			t.Errorf("%s: %v", declared, err)
		}
	}
}

// TestCircleOfImports shows that the packages of a circle are named.
func TestCircleOfImports(t *testing.T) {
	_, err := read(t, map[string]string{
		"domain/wood/wood.go": "package wood\n\nimport _ \"example.com/shop/app\"\n",
		"app/wood.go":         "package app\n\nimport _ \"example.com/shop/domain/wood\"\n",
	})
	const want = `domain/wood/wood.go:3:10: could not import example.com/shop/app ` +
		`(import cycle: example.com/shop/app imports example.com/shop/domain/wood imports example.com/shop/app)`
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant %s", err, want)
	}
}

// TestAlmostStores shows that what was meant as a store is told, instead of deriving
// nothing from it.
func TestAlmostStores(t *testing.T) {
	port := func(name, method string) string {
		return `package ports

import (
	"context"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

type ` + name + ` interface {
	` + method + `(ctx context.Context, o order.Order, events ...kit.Event) error
}
`
	}
	plain := func(name, method string) string {
		return strings.Replace(strings.Replace(port(name, method), ", events ...kit.Event", "", 1), "\t\"example.com/shop/kit\"\n", "", 1)
	}
	const unkept = " is named as a store may be, and no adapter implements it; to have stores derived, let its name end with Store, and give it Insert("
	for _, c := range []struct{ file, text, want string }{
		{"ports/kept.go", plain("OrderRepository", "Put"), "ports/kept.go:9:6: OrderRepository" + unkept},
		{"ports/kept.go", plain("OrderShelf", "Save"), "ports/kept.go:9:6: OrderShelf" + unkept},
		{"ports/kept.go", port("OrderRepository", "Insert"), "ports/kept.go:10:6: OrderRepository takes events as a store does, but no store can be derived from it; let its name end with Store"},
		{"ports/kept.go", port("SavedStore", "Save"), "ports/kept.go:10:6: SavedStore takes events as a store does, but no store can be derived from it; let its name end with Store, and give it Insert("},
		{"ports/kept.go", port("SecondStore", "Insert"), "ports/kept.go:10:6: SecondStore stores order.Order, as OrderStore does; give one of them the methods of both"},
		{"ports/shop/kept.go", port("OrderStore", "Insert"), "ports/shop/kept.go:10:6: OrderStore takes events as a store does, but stores are derived from package ports alone; move it there"},
		{"domain/order/line.go", "package order\n\ntype Line struct {\n\t//outgrow:table\n\tTags []string\n}\n", "domain/order/line.go:4:2: this directive has no effect here; put it into the comment above a list of structs in an entity, such as Lines []Line"},
		{"domain/order/line.go", "package order\n\ntype Line struct {\n\t//outgrow:json\n\tTags []string\n}\n", "domain/order/line.go:4:2: this directive has no effect here; put it into the comment above a list of structs in an entity, such as Lines []Line"},
		{"ports/shop/kept.go", "package shop\n\n// Orders are served.\n//\n//outgrow:http /orders\ntype Orders interface{}\n", "ports/shop/kept.go:5:1: this directive has no effect here; put it into the comment above an interface in package ports"},
	} {
		_, err := read(t, map[string]string{c.file: c.text})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n%s\n%v\nwant %s", c.file, c.text, err, c.want)
		}
	}
	_, err := read(t, map[string]string{
		"ports/kept.go":           plain("OrderShelf", "Save"),
		"adapters/shelf/shelf.go": "package shelf\n\ntype Orders struct{}\n\nfunc (Orders) Save() {}\n",
	})
	if err != nil {
		t.Errorf("one that is written by hand: %v", err)
	}
}

// TestTexts shows which types are refused because what they write is not all that they
// hold, wherever they are.
func TestTexts(t *testing.T) {
	_, err := read(t, map[string]string{
		"domain/order/texts.go": `package order

import (
	"log/slog"
	"net/netip"
	"time"

	"example.com/shop/kit"
)

type Happened struct {
	Token    kit.Secret
	Tokens   []*kit.Secret
	Password Password
	Stamp    Stamp
	Masked   map[string]Masked
	Rank     Rank
	Within   Within
	Fine     Fine
	Day      Day
	Addr     netip.Addr
	Level    slog.Level
}

type Password struct{ kit.Secret }

type Stamp struct {
	time.Time
	Zone string
}

type Masked string

func (Masked) MarshalText() ([]byte, error) { return []byte("***"), nil }

type Rank int

func (*Rank) UnmarshalText([]byte) error { return nil }

type Within struct{ Token kit.Secret }

type Fine struct{ Cents int }

func (Fine) MarshalText() ([]byte, error) { return nil, nil }

type Day struct{ time.Time }

func (Happened) Topic() string { return "order.happened" }
func (Happened) Key() string   { return "" }
`})
	if err == nil {
		t.Fatal("nothing was wrong")
	}
	want := []string{
		"texts.go:12:2: kit.Secret never writes its text, so it cannot be stored or sent; use a string, or store a hash or the name of the secret",
		"texts.go:13:2: kit.Secret never",
		"texts.go:14:2: order.Password never",
		"texts.go:15:2: the text of order.Stamp is that of its Time, so its other fields would be lost; give it MarshalText and UnmarshalText of its own, or give Time a name of its own",
		"texts.go:16:2: the type order.Masked has only one of MarshalText and UnmarshalText, so what is written could not be read; give it both, or neither",
		"texts.go:17:2: the type order.Rank has only one",
		"texts.go:40:21: kit.Secret never",
	}
	told := strings.Split(err.Error(), "\n")
	for i, line := range told {
		if i >= len(want) || !strings.HasPrefix(line, "domain/order/"+want[i]) {
			t.Errorf("found as well: %s", line)
		}
	}
	if len(told) != len(want) {
		t.Errorf("%d problems, want %d", len(told), len(want))
	}
}

func TestPortsWithoutDirectiveAreNotServed(t *testing.T) {
	p, err := read(t, map[string]string{"ports/payment.go": `package ports

import (
	"context"

	"example.com/shop/domain/order"
)

// Payment takes money.
type Payment interface {
	Charge(ctx context.Context, o order.Order) error
}
`})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Services) != 1 || p.Services[0].Offers.Name != "Orders" {
		t.Errorf("services: %+v", p.Services)
	}
}

func TestWhatIsWrittenByHand(t *testing.T) {
	p, err := read(t, map[string]string{"adapters/sqlite/mine.go": `package sqlite

func (s *OrderStore) Get() {}

func Helper() {}
`})
	if err != nil {
		t.Fatal(err)
	}
	if !p.Hand["sqlite.OrderStore.Get"] || !p.Hand["sqlite.Helper"] || p.Hand["sqlite.OrderStore.List"] {
		t.Errorf("by hand: %v", p.Hand)
	}
}
