package lock_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/lock"
	"github.com/outgrowkit/outgrow/domain/model"
)

// byCode returns a product that is told apart by a field.
func byCode(key string) model.Service {
	code := field(key, model.String)
	code.Key = true
	return entity("Product", field("Name", model.String), code)
}

// TestKeyIsKept shows that the lock has the key of a table, which follows its field and is no
// other one from then on.
func TestKeyIsKept(t *testing.T) {
	text, l := mustApply(t, "", project(byCode("Code")), 2)
	want := `struct order.Product table products key code
  Name name name string 2
  Code code code string 2
`
	if below(text) != want {
		t.Errorf("got\n%s\nwant\n%s", below(text), want)
	}
	if key := l.Tables()[0].Key; key != (lock.Column{Name: "code", Type: "string", Since: 2}) {
		t.Errorf("the key is %+v", key)
	}
	renamed, err := lock.Renamed("order.Product.Code=SKU")
	if err != nil {
		t.Fatal(err)
	}
	if l, err = lock.Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
	next := project(byCode("SKU"))
	if err := l.Change(next, []lock.Change{renamed}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(next, 3); err != nil || l.Tables()[0].Key.Name != "code" {
		t.Errorf("%v\n%s", err, l.Text())
	}
	for from, to := range map[string]model.Service{
		text: entity("Product", field("ID", model.UUID), field("Name", model.String), field("Code", model.String)),
		"struct order.Product table products\n  ID id id uuid 2\n  Name name name string 2\n": entity("Product", field("ID", model.UUID),
			model.Field{Name: "Name", Wire: "name", Column: "name", Type: &model.Type{Kind: model.String}, Key: true}),
	} {
		if _, _, err := apply(t, from, project(to), 3); err == nil || !strings.Contains(err.Error(), "domain/order/order.go:3:6: Product is told apart by") {
			t.Errorf("another key: %v", err)
		}
	}
}

// TestRenamedKeysAreNotDropped shows that a key that is called otherwise is told once, and that
// it is not to be dropped.
func TestRenamedKeysAreNotDropped(t *testing.T) {
	text, _ := mustApply(t, "", project(byCode("Code")), 2)
	_, _, err := apply(t, text, project(byCode("SKU")), 3)
	var problems model.Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Fatalf("got %v, want one problem", err)
	}
	for told, want := range map[string]bool{"no longer has the field Code": true, "outgrow generate --rename order.Code=order.SKU": true, "--drop": false} {
		if strings.Contains(err.Error(), told) != want {
			t.Errorf("%q is told: %v, want %v: %v", told, !want, want, err)
		}
	}
}

// TestWrongKeys shows that a key is one name behind a table, the same on both branches.
func TestWrongKeys(t *testing.T) {
	for _, rest := range []string{"key code", "table products key", "table products key a;b", "table products key a key b", "table products key a,b,c", "table products key a,"} {
		if _, err := lock.Parse([]byte("struct order.Product " + rest + "\n")); err == nil {
			t.Errorf("%s is read", rest)
		}
	}
	one := "struct order.Product table products key code\n  Code code code string 2\n  Name name name string 2\n"
	_, err := union(t, sides{one, strings.Replace(one, "key code", "key name", 1)})
	if err == nil || !strings.Contains(err.Error(), "the rows of order.Product are told apart by the column code on one branch and by the column name on the other") {
		t.Errorf("got %v", err)
	}
	text, err := union(t, sides{one, one})
	if err != nil || !strings.Contains(text, "table products key code") {
		t.Errorf("%v\n%s", err, text)
	}
}

// ofTenant returns a product of a tenant, whose key is its own.
func ofTenant(tenant string) model.Service {
	s := byCode("Code")
	s.Entity.Fields = append(s.Entity.Fields, field("Tenant", model.String), field("Other", model.String))
	s.Entity.Tenant = tenant
	return s
}

// TestKeyOfTenant shows that the lock has both columns of a key that is a tenant's own, and that
// neither of them changes, nor does either branch.
func TestKeyOfTenant(t *testing.T) {
	with, l := mustApply(t, "", project(ofTenant("Tenant")), 2)
	without, _ := mustApply(t, "", project(ofTenant("")), 2)
	if !strings.Contains(with, "struct order.Product table products key tenant,code\n") || strings.Contains(with, "unique") {
		t.Errorf("got\n%s", with)
	}
	if table := l.Tables()[0]; table.Tenant != "tenant" || table.Key.Name != "code" {
		t.Errorf("the key is %+v of %s", table.Key, table.Tenant)
	}
	for text, tenants := range map[string][]string{with: {"", "Other"}, without: {"Tenant"}} {
		for _, tenant := range tenants {
			_, _, err := apply(t, text, project(ofTenant(tenant)), 3)
			if err == nil || !strings.HasPrefix(err.Error(), "domain/order/order.go:3:6: Product is told apart by ") || !strings.Contains(err.Error(), "in the table products; ") {
				t.Errorf("%q: %v", tenant, err)
			}
		}
	}
	_, err := union(t, sides{with, without})
	if err == nil || !strings.Contains(err.Error(), "by the columns tenant and code on one branch and by the column code on the other") {
		t.Errorf("got %v", err)
	}
}
