package storegen_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/adapters/storegen"
)

// TestMigrationsStay shows that the migrations of tables whose entities had tenants, or are gone,
// are the same afterwards: another database may be added only then.
func TestMigrationsStay(t *testing.T) {
	p, tables := read(t, "example.com/shop", sources(t, "tenants", "example.com/shop"))
	before, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Services {
		if s.Entity != nil {
			s.Entity.Tenant = ""
		}
	}
	without, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	p.Services = nil
	gone, err := storegen.Migrations(p, tables)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range before {
		for _, after := range []string{string(without[i].Data), string(gone[i].Data)} {
			if after != string(f.Data) {
				t.Errorf("%s: got\n%s\nwant\n%s", f.Path, after, f.Data)
			}
		}
	}
}
