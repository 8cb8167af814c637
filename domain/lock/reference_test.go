package lock_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// orders returns an entity whose field refers to another, and that one, which is found later.
func orders(refers bool, kind model.Kind) (orders, users model.Service) {
	buyer := field("Buyer", model.UUID)
	if kind == model.Pointer {
		buyer.Type = &model.Type{Kind: kind, Elem: buyer.Type}
	}
	orders, users = entity("Order", field("ID", model.UUID), buyer), entity("User", field("ID", model.UUID))
	if refers {
		orders.Entity.References = []model.Reference{{Field: "Buyer", To: users.Entity.Name, Pos: "domain/order/order.go:5:2"}}
	}
	return orders, users
}

// TestReferences declares a reference, twice with what is there before: it is made by a
// migration after those of both tables, and dropped by the next one without the directive.
func TestReferences(t *testing.T) {
	const rows = "  ID id id uuid 2\n  Buyer buyer buyer uuid 2\n  index buyer 2\n"
	text := ""
	for _, step := range []struct {
		refers bool
		next   int
		want   string
	}{
		{true, 2, "  references buyer users 4\n"},
		{true, 5, "  references buyer users 4\n"},
		{false, 6, "  references buyer users 4 until 6\n"},
		{true, 7, "  references buyer users 4 until 6\n  references buyer users 7\n"},
	} {
		o, u := orders(step.refers, model.UUID)
		var l lock.Lock
		text, l = mustApply(t, text, project(o, u), step.next)
		if !strings.Contains(text, "struct order.Order table orders\n"+rows+step.want+"\nstruct order.User table users\n  ID id id uuid 3\n") {
			t.Fatalf("in migration %d got\n%s\nwant in it\n%s", step.next, text, step.want)
		}
		if step.refers {
			made := o.Entity.References[0]
			if index := l.Tables()[0].Indexes; made.Table != "users" || made.Constraint != "orders_references_buyer" || index[len(index)-1].Name != made.Constraint {
				t.Errorf("the reference is %+v, and in %+v", made, index)
			}
		}
	}
}

// TestReferenceToOwnKind is made by a migration after that of the table.
func TestReferenceToOwnKind(t *testing.T) {
	parts := entity("Part", field("ID", model.UUID), field("Of", model.Pointer))
	parts.Entity.Fields[1].Type.Elem = &model.Type{Kind: model.UUID}
	parts.Entity.References = []model.Reference{{Field: "Of", To: parts.Entity.Name}}
	text, l := mustApply(t, "", project(parts), 2)
	if want := "  Of of of uuid? 2\n  index of 2\n  references of parts 3\n"; !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant in it\n%s", text, want)
	}
	if i := l.Tables()[0].Indexes[1]; i.Refers != "parts" || i.RefersKey != "id" {
		t.Errorf("the reference is %+v", i)
	}
}

// TestReferenceAndNew refuses a field that is new and refers, unless existing rows may refer
// to nothing.
func TestReferenceAndNew(t *testing.T) {
	o, u := orders(false, model.UUID)
	o.Entity.Fields = o.Entity.Fields[:1]
	text, _ := mustApply(t, "", project(o, u), 2)
	o, u = orders(true, model.UUID)
	_, _, err := apply(t, text, project(o, u), 4)
	want := "domain/order/order.go:5:2: Buyer is new in order.Order, and what existing rows would refer to is not there; make it optional, with a * before its type; " +
		"or add it without the directive, give each row its value, and declare the reference then"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	o, u = orders(true, model.Pointer)
	mustApply(t, text, project(o, u), 4)
}

func TestInvalidReference(t *testing.T) {
	for _, line := range []string{
		"references", "references notes", "references notes users", "references notes users 0", "references notes users 2 until",
		`references notes us"ers 2`, `references no"tes users 2`, "references notes users 2 until 3 gone",
	} {
		if _, err := lock.Parse([]byte(on("  " + line + "\n"))); err == nil {
			t.Errorf("%q was read", line)
		}
	}
}

// TestTenantsEnd removes the tenants of entities that refer to each other: what a foreign key needs
// is dropped by a migration after that which drops the key.
func TestTenantsEnd(t *testing.T) {
	text := ""
	for i, tenant := range []string{"Tenant", "", ""} {
		o, u := orders(true, model.UUID)
		for _, s := range []model.Service{o, u} {
			s.Entity.Fields = append(s.Entity.Fields, field("Tenant", model.String))
			s.Entity.Tenant = tenant
		}
		text, _ = mustApply(t, text, project(o, u), 2+10*i)
	}
	for _, line := range []string{
		"  references tenant,buyer users 4 until 13\n", "  references buyer users 13\n", "  unique tenant,id 2 until 14\n", "  unique tenant,id 3 until 15\n",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("got\n%s\nwant in it\n%s", text, line)
		}
	}
}
