package lock_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// TestNamesFitAndDiffer gives a database names that are too long, that differ only in case,
// or that could be read in two ways: each fits, none is that of another, and all stay.
func TestNamesFitAndDiffer(t *testing.T) {
	long := strings.Repeat("very_", 13) + "long_"
	fields := []model.Field{
		field("ID", model.Bytes), field(long+"x", model.String), field(long+"y", model.String), field("Straße"+long+"ß", model.String),
		field("A_and_b", model.String), field("A", model.String), field("B", model.String), field("Total", model.Int), field("TOTAL", model.Int),
	}
	fields[len(fields)-1].Column = "TOTAL"
	order := entity("Order", fields...)
	for _, f := range fields[1:] {
		order = findBy(order, f.Name)
	}
	order.Keeps.Methods = append(order.Keeps.Methods, model.Method{
		Name: "CountByAAndB", Params: []model.Param{{Name: "a", Type: fields[5].Type}, {Name: "b", Type: fields[6].Type}},
		Results: []*model.Type{{Kind: model.Int, Bits: 64}},
	})
	services := []model.Service{order, entity("OrderByB", field("ID", model.Bytes)), entity("OrderByTotal", field("ID", model.Bytes))}
	services[1].Table, services[2].Table = "orders_by_b", "orders_by_total"
	for i := range 3 {
		s := entity(fmt.Sprintf("%s%d", long, i), field("ID", model.Bytes))
		services = append(services, s)
	}
	text, l, err := apply(t, "", project(services...), 1)
	if err != nil {
		t.Fatal(err)
	}
	before := namesOf(t, l)
	again, l, err := apply(t, text, project(services...), 2)
	if err != nil || again != text {
		t.Errorf("%v\n%s\nwant\n%s", err, again, text)
	}
	if after := namesOf(t, l); strings.Join(before, " ") != strings.Join(after, " ") {
		t.Errorf("%q, before %q", after, before)
	}
}

// namesOf returns the names of tables, indexes and columns, and checks them.
func namesOf(t *testing.T, l lock.Lock) (all []string) {
	t.Helper()
	relations := map[string]bool{}
	note := func(taken map[string]bool, name string) {
		if folded := strings.ToLower(name); taken[folded] || len(name) > 63 || !strings.HasPrefix(name, strings.ToValidUTF8(name, "")) {
			t.Errorf("%s is taken, too long, or no text", name)
		} else {
			taken[folded] = true
		}
		all = append(all, name)
	}
	for _, table := range l.Tables() {
		note(relations, table.Name)
		columns := map[string]bool{}
		for _, c := range table.Columns {
			note(columns, c.Name)
		}
		for _, i := range table.Indexes {
			note(relations, i.Name)
		}
	}
	return all
}
