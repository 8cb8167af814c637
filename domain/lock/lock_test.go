package lock_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// entity returns a struct of package order that is stored.
func entity(name string, fields ...model.Field) model.Service {
	s := &model.Struct{
		Name:   model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: name},
		Fields: fields, Pos: "domain/order/order.go:3:6",
	}
	table := strings.ToLower(name) + "s"
	return model.Service{Entity: s, Keeps: &model.Interface{Name: name + "Store"}, Table: table}
}

// findBy adds a method to the store of the service.
func findBy(s model.Service, field string) model.Service {
	keeps := *s.Keeps
	for _, f := range s.Entity.Fields {
		if f.Name == field {
			keeps.Methods = append(slices.Clone(keeps.Methods), model.Method{
				Name: "CountBy" + field, Params: []model.Param{{Name: "v", Type: f.Type}},
				Results: []*model.Type{{Kind: model.Int, Bits: 64}},
			})
		}
	}
	s.Keeps = &keeps
	return s
}

func field(name string, kind model.Kind) model.Field {
	return model.Field{
		Name: name, Wire: strings.ToLower(name), Column: strings.ToLower(name),
		Type: &model.Type{Kind: kind}, Pos: "domain/order/order.go:4:2",
	}
}

func project(services ...model.Service) *model.Project {
	return &model.Project{Module: "example.com/shop", Services: services}
}

// apply applies the text of a lock to a project, and returns the text after it.
func apply(t *testing.T, text string, p *model.Project, next int) (string, lock.Lock, error) {
	t.Helper()
	l, err := lock.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	err = l.Apply(p, next)
	return string(l.Text()), l, err
}

func mustApply(t *testing.T, text string, p *model.Project, next int) (string, lock.Lock) {
	t.Helper()
	text, l, err := apply(t, text, p, next)
	if err != nil {
		t.Fatal(err)
	}
	return text, l
}

// below returns the text without the comment at its beginning.
func below(text string) string {
	_, lines, _ := strings.Cut(text, "\n\n")
	return lines
}

func TestFirstText(t *testing.T) {
	p := project(findBy(entity("Order", field("ID", model.UUID), field("Customer", model.String)), "Customer"), entity("Line", field("ID", model.UUID)))
	text, _ := mustApply(t, "", p, 2)
	want := `struct order.Line table lines
  ID id id uuid 3

struct order.Order table orders
  ID id id uuid 2
  Customer customer customer string 2
  index customer 2
`
	if below(text) != want {
		t.Errorf("got\n%s\nwant\n%s", below(text), want)
	}
	if again, _ := mustApply(t, text, p, 9); again != text {
		t.Errorf("applied again it is\n%s", again)
	}
}

// TestIndexOfBeginnings shows that the index by which the beginnings of texts are compared is
// another one than that of the texts, and that it is read as it was written.
func TestIndexOfBeginnings(t *testing.T) {
	order := findBy(entity("Order", field("ID", model.UUID), field("Customer", model.String)), "Customer")
	text, _ := mustApply(t, "", project(order), 2)
	method := order.Keeps.Methods[0]
	method.Name += "StartingWith"
	order.Keeps.Methods = append(order.Keeps.Methods, method)
	text, l := mustApply(t, text, project(order), 5)
	if want := "  index customer 2\n  index customer 5 prefix\n"; !strings.HasSuffix(text, want) {
		t.Errorf("got\n%s\nwant at its end\n%s", text, want)
	}
	if indexes := l.Tables()[0].Indexes; len(indexes) != 2 || !indexes[1].Prefix || indexes[0].Name == indexes[1].Name {
		t.Errorf("the indexes are %+v", indexes)
	}
	if again, _ := mustApply(t, text, project(order), 9); again != text {
		t.Errorf("applied again it is\n%s", again)
	}
}

func TestGrowth(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID))), 2)
	grown := findBy(entity("Order", field("Total", model.Int), field("ID", model.UUID)), "Total")
	_, l := mustApply(t, text, project(grown), 5)
	tables := l.Tables()
	if len(tables) != 1 || len(tables[0].Columns) != 2 || len(tables[0].Indexes) != 1 {
		t.Fatalf("tables: %+v", tables)
	}
	if c := tables[0].Columns[1]; c.Name != "total" || c.Since != 5 || c.Type != "int" || tables[0].Indexes[0].Since != 5 {
		t.Errorf("the new column: %+v, the index: %+v", c, tables[0].Indexes)
	}
}

func TestNamesStay(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID), field("Customer", model.String))), 2)
	renamed := strings.Replace(text, "Customer customer", "Client customer", 1)
	p := project(entity("Order", field("ID", model.UUID), field("Client", model.String)))
	_, l := mustApply(t, renamed, p, 3)
	if f := p.Services[0].Entity.Fields[1]; f.Wire != "customer" || f.Column != "customer" {
		t.Errorf("the renamed field is %s and %s", f.Wire, f.Column)
	}
	if n := len(l.Tables()[0].Columns); n != 2 {
		t.Errorf("there are %d columns now", n)
	}
}

func TestTableStays(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID))), 2)
	text = strings.Replace(text, "table orders", "table bestellungen", 1)
	p := project(entity("Order", field("ID", model.UUID)))
	mustApply(t, text, p, 3)
	if p.Services[0].Table != "bestellungen" {
		t.Errorf("the table is %s", p.Services[0].Table)
	}
}

func TestNamesThatAreTaken(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID), field("Notes", model.String))), 2)
	gone := strings.Replace(text, "Notes notes notes string 2", "Notes notes notes string 2 gone", 1)
	p := project(entity("Order", field("ID", model.UUID), field("Notes", model.Int), field("CTID", model.String)))
	text, _ = mustApply(t, gone, p, 3)
	for _, want := range []string{"  Notes notes_2 notes_2 int 3\n", "  CTID ctid ctid_ string 3\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no line %q in\n%s", want, text)
		}
	}
	outbox := entity("Outbox", field("ID", model.UUID))
	outbox.Table = "outbox"
	p = project(outbox)
	mustApply(t, "", p, 2)
	if p.Services[0].Table != "outbox_2" {
		t.Errorf("the table is %s", p.Services[0].Table)
	}
}

// TestTheTablesOfTheKit are those that its migrations make, which no entity may take.
func TestTheTablesOfTheKit(t *testing.T) {
	for _, store := range []string{"postgresstore", "sqlitestore"} {
		text, err := os.ReadFile("../../templates/kit/" + store + "/migrations/00001_kit.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range regexp.MustCompile(`CREATE TABLE "(\w+)"`).FindAllStringSubmatch(string(text), -1) {
			e := entity("Taken", field("ID", model.UUID))
			e.Table = made[1]
			p := project(e)
			mustApply(t, "", p, 2)
			if p.Services[0].Table == made[1] {
				t.Errorf("an entity has the table %s of the kit", made[1])
			}
		}
	}
}

func TestProblems(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID), field("Total", model.Int))), 2)
	pointer := field("Total", model.Pointer)
	pointer.Type.Elem = &model.Type{Kind: model.Int}
	for name, test := range map[string]struct {
		text string
		p    *model.Project
		want []string
	}{
		"removed":  {text, project(entity("Order", field("ID", model.UUID))), []string{"no longer has the field Total", "restore it; or, if it was removed, run: outgrow generate --drop order.Total", "domain/order/order.go:3:6"}},
		"renamed":  {text, project(entity("Order", field("ID", model.UUID), field("Sum", model.Int))), []string{"no longer has the field Total", "if it was renamed, run: outgrow generate --rename order.Total=order.Sum"}},
		"two":      {text, project(entity("Order")), []string{"no longer has the field ID", "outgrow generate --drop order.Total (combine the flags for all fields in one command)"}},
		"type":     {text, project(entity("Order", field("ID", model.UUID), field("Total", model.String))), []string{"the type of Total in order.Order changed from int to string,", "domain/order/order.go:4:2"}},
		"optional": {text, project(entity("Order", field("ID", model.UUID), pointer)), []string{"the type of Total in order.Order changed from int to int?,"}},
		"entity":   {text, project(entity("Purchase", field("ID", model.UUID))), []string{"order.Purchase is new, and order.Order, which is stored in the table orders, is gone"}},
		"branches": {
			text + "\nstruct order.Line table lines\n  ID id id uuid 2\n",
			project(entity("Order", field("ID", model.UUID), field("Total", model.Int)), entity("Line", field("ID", model.UUID))),
			[]string{"the tables lines and orders both have a migration 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := apply(t, test.text, test.p, 3)
			if err == nil {
				t.Fatal("no problem")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
		})
	}
}

func TestWider(t *testing.T) {
	narrow := field("Total", model.Int)
	narrow.Type.Bits = 32
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID), narrow)), 2)
	text, l := mustApply(t, text, project(entity("Order", field("ID", model.UUID), field("Total", model.Int))), 3)
	if len(l.Tables()[0].Columns) != 2 || !strings.Contains(text, "total int 2") {
		t.Errorf("the wider field made\n%s", text)
	}
}

// TestMembers shows that a column of JSON names the struct that is in it, which has its
// members in the lock, and that the table sees JSON.
func TestMembers(t *testing.T) {
	address := entity("Address", field("City", model.String)).Entity
	record := &model.Type{Kind: model.Record, Struct: address}
	home, past := field("Home", model.Record), field("Past", model.Slice)
	home.Type = &model.Type{Kind: model.Pointer, Elem: record}
	past.Type = &model.Type{Kind: model.Slice, Elem: record}
	text, l := mustApply(t, "", project(entity("Order", field("ID", model.UUID), home, past)), 2)
	want := `struct order.Address
  City city city string

struct order.Order table orders
  ID id id uuid 2
  Home home home order.Address? 2
  Past past past []order.Address 2
`
	if below(text) != want {
		t.Errorf("got\n%s\nwant\n%s", below(text), want)
	}
	if c := l.Tables()[0].Columns; c[1].Type != "json?" || c[2].Type != "[]json" {
		t.Errorf("the columns are %+v", c)
	}
}

func TestGoneEntityKeepsItsTable(t *testing.T) {
	text, _ := mustApply(t, "", project(entity("Order", field("ID", model.UUID)), entity("Line", field("ID", model.UUID))), 2)
	after, l := mustApply(t, text, project(entity("Line", field("ID", model.UUID))), 4)
	if after != text || len(l.Tables()) != 2 {
		t.Errorf("the lock of a project without orders is\n%s", after)
	}
}

func TestUnreadable(t *testing.T) {
	_, err := lock.Parse([]byte("1 ID id id uuid\nstruct\nstruct a.B\n  ID id id uuid x\n  B b b uuid\n  A\n  index a\nstruct a.B\n"))
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, want := range []string{":1:1: a line before", ":2:1: want", `:4:1: the migration is "x"`, ":6:1: want", ":7:1: want", ":8:1: duplicate struct"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

// TestGrowsOnly applies locks to random histories, in which fields are added and moved:
// a lock never loses a line, and it parses the text that it writes.
func TestGrowsOnly(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := ""
		names := []string{"ID"}
		for step := range rapid.IntRange(1, 5).Draw(r, "steps") {
			names = append(names, string(rune('A'+len(names))))
			var fields []model.Field
			for _, n := range rapid.Permutation(names).Draw(r, "order") {
				fields = append(fields, field(n, model.String))
			}
			after, l, err := apply(t, text, project(entity("Order", fields...)), step+2)
			if err != nil {
				r.Fatal(err)
			}
			if !strings.HasPrefix(after, text) {
				r.Fatalf("after\n%s\ncomes\n%s", text, after)
			}
			if n := len(l.Tables()[0].Columns); n != len(names) {
				r.Fatalf("%d columns for %d fields", n, len(names))
			}
			text = after
		}
	})
}

// FuzzParse shows that a lock is written as it was read, and that anything else is
// refused in short lines of printable characters.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"struct order.Order table orders\n  ID id id uuid 2\n  Tags tags tags []string 3 gone\n  index id,tags 2\nstruct a.B gone\n",
		"enum a.B\n \"in\\x20transit\" gone\n \"\"\n \"\\x1b\"\n", "enum a.B\n a", "enum a.B gone", "enum a.B\n \"a\"\n \"a\" gone", "struct a.B\n A a a map[string(a.C)]text(net/netip.Addr)",
		"struct a.B table bs topic \"a\\x20b\"\n", "struct a.B topic a", "struct a.B topic", "struct a.B table b table c",
		"struct a.B\n A a a string\n A a a string", "1 A a a string", "struct a;b", "struct a table b;c", "struct a\n A' a a int", "struct gone", "gone",
		"struct a\n index , 2", "struct a\n A a a int 99999999999999999999", "struct a\n\x1b[31m", "struct a\n A a a int +2",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := lock.Parse(data)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if len(line) > 400 || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) {
					t.Errorf("%q is refused with %q", data, line)
				}
			}
			return
		}
		written := l.Text()
		again, err := lock.Parse(written)
		if err != nil || string(again.Text()) != string(written) {
			t.Errorf("%q was written as\n%s\nand read as\n%s: %v", data, written, again.Text(), err)
		}
	})
}
