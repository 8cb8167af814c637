package gosource_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/model"
)

// TestTypesOfUUIDs shows which types are UUIDs: what is declared from kit.UUID, in however
// many steps, and no other type of 16 bytes.
func TestTypesOfUUIDs(t *testing.T) {
	const happened = `package order

import (
	ids "example.com/shop/kit"
)

type (
	ID     ids.UUID
	Old    ID
	Same   = ID
	Hash   [16]byte
	Digest Hash
)

type Happened struct {
	ID   ID
	Old  *Old
	Same []Same
	// more
}

func (Happened) Topic() string { return "order.happened" }
func (Happened) Key() string   { return "" }
`
	p, err := read(t, map[string]string{"domain/order/happened.go": happened})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range p.Events[2].Struct.Fields {
		for of := f.Type; of != nil; of = of.Elem {
			if of.Kind == model.UUID {
				got = append(got, f.Name+" "+of.Name.Name)
			}
		}
	}
	if told := strings.Join(got, ", "); told != "ID ID, Old Old, Same ID" {
		t.Errorf("UUIDs are %s", told)
	}
	_, err = read(t, map[string]string{"domain/order/happened.go": strings.Replace(happened, "// more", "Hash Hash\n\tDigest Digest", 1)})
	for _, want := range []string{"happened.go:19:2: the array [16]byte cannot cross a port", "happened.go:20:2: the array"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
}

// TestWhatEntitiesNeed shows that an ID is all, and that a Version is what it seems to be.
func TestWhatEntitiesNeed(t *testing.T) {
	ports := `package ports

import (
	"context"

	"example.com/shop/domain/wood"
	"example.com/shop/kit"
)

// WoodStore keeps wood.
type WoodStore interface {
	Insert(ctx context.Context, w wood.Wood, events ...kit.Event) error
}
`
	for fields, want := range map[string]string{
		"ID ID":                          "",
		"ID kit.UUID; Version int64":     "",
		"ID string":                      "domain/wood/wood.go:7:6: Wood is stored but has no field ID that is a UUID, and WoodStore has no Get that takes another one; add ID of type kit.UUID, or of a type that is declared from it, as in type ID kit.UUID, without MarshalText; or let Get take the field that tells them apart, as in Get(ctx context.Context, code string) for a field Code",
		"Name string":                    "domain/wood/wood.go:7:6: Wood is stored but has no field ID",
		"ID kit.UUID; Version string":    "domain/wood/wood.go:7:32: the Version of what is stored counts its changes, and is no int64 here; make it an int64 that each change increments, or give the field another name",
		"ID kit.UUID; Version Version":   "domain/wood/wood.go:7:32: the Version",
		"ID kit.UUID; Version *kit.UUID": "domain/wood/wood.go:7:32: the Version",
	} {
		_, err := read(t, map[string]string{
			"ports/wood.go": ports,
			"domain/wood/wood.go": `package wood

import "example.com/shop/kit"

type ID kit.UUID

type Wood struct{ ` + fields + ` }

type Version int64
`})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: %v\nwant %s", fields, err, want)
		}
	}
}

// TestMapsByUUIDs are what stores return, and nothing else.
func TestMapsByUUIDs(t *testing.T) {
	const ports = `package ports

import (
	"context"

	"example.com/shop/domain/sale"
	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

// SaleStore keeps sales.
type SaleStore interface {
	Insert(ctx context.Context, s sale.Sale, events ...kit.Event) error
	CountPerBuyer(ctx context.Context) (map[user.ID]int64, error)
	CountPerLine(ctx context.Context) (map[int64]int64, error)
}
`
	const domain = "package sale\n\nimport (\n\t\"example.com/shop/domain/user\"\n\t\"example.com/shop/kit\"\n)\n\ntype Sale struct {\n\tID kit.UUID\n\tBuyer user.ID\n}\n"
	files := map[string]string{
		"ports/ports.go": ports, "domain/sale/sale.go": domain,
		"domain/user/user.go": "package user\n\nimport \"example.com/shop/kit\"\n\ntype ID kit.UUID\n",
	}
	p, err := read(t, files)
	if err != nil {
		t.Fatal(err)
	}
	sales := slices.IndexFunc(p.Services, func(s model.Service) bool { return s.Entity.Name.Name == "Sale" })
	of := p.Services[sales].Keeps.Methods
	if key := of[1].Results[0].Key; key.Kind != model.UUID || key.Name.Name != "ID" || len(of[1].Problems) > 0 {
		t.Errorf("the key is %+v, with the problems %v", key, of[1].Problems)
	}
	if told := of[2].Problems.Error(); !strings.Contains(told, "no store returns a map with keys of type int64; use keys that are texts, enumerations or UUIDs") {
		t.Errorf("of other keys is told %s", told)
	}
	files["ports/ports.go"] = ports + "\n//outgrow:http /numbers\ntype Numbers interface {\n\tOf(ctx context.Context) (map[user.ID]int64, error)\n}\n"
	if _, err := read(t, files); err == nil || !strings.Contains(err.Error(), "ports/ports.go:20:27: a map with keys of type user.ID cannot cross a port") {
		t.Errorf("where it is served, got %v", err)
	}
}
