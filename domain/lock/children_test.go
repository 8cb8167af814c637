package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// withLines returns an order whose lines have a table of their own.
func withLines(list string, fields ...model.Field) model.Service {
	line := &model.Struct{
		Name:   model.Name{Path: "example.com/shop/domain/order", Package: "order", Name: "Line"},
		Fields: fields, Pos: "domain/order/order.go:9:6",
	}
	lines := field(list, model.Slice)
	lines.Type.Elem = &model.Type{Kind: model.Record, Struct: line}
	lines.Table = "order_lines"
	return entity("Order", field("ID", model.UUID), lines)
}

// TestTableOfChildren shows what a lock has of a list whose elements have a table, and that
// it follows what is said of their struct.
func TestTableOfChildren(t *testing.T) {
	first := project(findBy(withLines("Lines", field("ID", model.UUID), field("Product", model.String)), "ID"))
	text, l := mustApply(t, "", first, 2)
	want := `struct order.Line
  ID id id uuid
  Product product product string

struct order.Order table orders
  ID id id uuid 2
  Lines lines lines []order.Line 2 table order_lines

children order_lines
  ID id id uuid 3
  Product product product string 3
`
	if below(text) != want {
		t.Errorf("got\n%s\nwant\n%s", below(text), want)
	}
	if tables := l.Tables(); len(tables) != 2 || tables[0].Root != "orders" || tables[0].List != "lines" || tables[0].Moved {
		t.Errorf("the tables are %+v", tables)
	}
	next := project(withLines("Items", field("ID", model.UUID), field("Article", model.String), field("Count", model.Int)))
	l, err := lock.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var changes []lock.Change
	for _, renamed := range []string{"order.Line.Product=Article", "order.Order.Lines=Items"} {
		c, err := lock.Renamed(renamed)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	if err := l.Change(next, changes); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(next, 7); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"  Article product product string 3\n  Count count count int 7\n", "  Items lines lines []order.Line 2 table order_lines\n"} {
		if !strings.Contains(string(l.Text()), line) {
			t.Errorf("there is no %q in\n%s", line, l.Text())
		}
	}
	if f := next.Services[0].Entity.Fields[1]; f.Table != "order_lines" || f.Column != "lines" {
		t.Errorf("the list is %+v", f)
	}
	dropped := project(withLines("Items", field("ID", model.UUID), field("Count", model.Int)))
	c, err := lock.Dropped("order.Line.Article")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Change(dropped, []lock.Change{c}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(dropped, 9); err != nil {
		t.Fatal(err)
	}
	if gone := dropped.Services[0].Entity.Fields[1].Gone; len(gone) != 1 || gone[0] != (model.Column{Name: "product", Type: "string"}) {
		t.Errorf("gone are %+v", gone)
	}
	if again, _ := mustApply(t, string(l.Text()), dropped, 11); again != string(l.Text()) {
		t.Errorf("applied again it is\n%s", again)
	}
}

// TestTableOfChildrenIsMade shows that a list becomes a table where a directive says so, and
// else stays what it is in existing rows.
func TestTableOfChildrenIsMade(t *testing.T) {
	versioned := func() model.Service {
		s := withLines("Lines", field("ID", model.UUID))
		s.Entity.Fields = append(s.Entity.Fields, field("Version", model.Int))
		return s
	}
	json := versioned()
	json.Entity.Fields[1].Table = ""
	text, _ := mustApply(t, "", project(json), 2)
	stays := versioned()
	if again, _ := mustApply(t, text, project(stays), 5); again != text || stays.Entity.Fields[1].Table != "" {
		t.Errorf("without a directive it is\n%s", again)
	}
	moved := versioned()
	moved.Entity.Fields[1].Apart = true
	text, l := mustApply(t, text, project(moved), 5)
	if !strings.HasSuffix(text, "\nchildren order_lines moved\n  ID id id uuid 5\n") || !l.Tables()[0].Moved {
		t.Errorf("with a directive it is\n%s", text)
	}
	stays = versioned()
	if again, _ := mustApply(t, text, project(stays), 9); again != text || stays.Entity.Fields[1].Table != "order_lines" {
		t.Errorf("without it again it is\n%s", again)
	}
}

// TestChildrenOnTwoBranches shows that tables of children are merged.
func TestChildrenOnTwoBranches(t *testing.T) {
	text, base := mustApply(t, "", project(withLines("Lines", field("ID", model.UUID))), 2)
	_, ours := mustApply(t, text, project(withLines("Lines", field("ID", model.UUID), field("Count", model.Int))), 5)
	_, theirs := mustApply(t, text, project(withLines("Lines", field("ID", model.UUID), field("Price", model.Float))), 7)
	merged, err := lock.Union(base, ours, theirs, func(int) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	want := "children order_lines\n  ID id id uuid 3\n  Count count count int 5\n  Price price price float 7\n"
	if got := below(string(merged.Text())); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	both := project(withLines("Lines", field("ID", model.UUID), field("Count", model.Int), field("Price", model.Float)))
	if again, _ := mustApply(t, string(merged.Text()), both, 9); again != string(merged.Text()) {
		t.Errorf("applied it is\n%s", again)
	}
}

func TestInvalidChildren(t *testing.T) {
	for _, text := range []string{"children", "children a b", "children a;b", "children a\nchildren a", "struct order.Order table a\n  A a a []x 2 table"} {
		if _, err := lock.Parse([]byte(text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
