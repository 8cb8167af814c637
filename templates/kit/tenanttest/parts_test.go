package tenanttest_test

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/tenanttest"
)

// part has a key that is its tenant's own.
type part struct {
	Code, Tenant, Name string
	Whole              *string // the code of another one
	Version            int64
}

type (
	partKeeper = storetest.Keeper[*part]
	partTable  = memorystore.Table[part, string]
)

// newParts returns an empty table.
func newParts(db *memorystore.DB, entity string) *partTable {
	return memorystore.NewTable(db, memorystore.Mapping[part, string]{
		Entity: entity, Key: func(v *part) string { return v.Code }, Version: func(v *part) int64 { return v.Version },
	}).Owned(func(v *part) string { return v.Tenant })
}

// wholeOf returns the code of the part that one is within.
func wholeOf(v *part) (kit.Cursor, bool) {
	if v.Whole == nil {
		return "", false
	}
	return kit.CursorOf(*v.Whole), true
}

// alikeInCode tells which parts there could not be if tenants shared their keys.
func alikeInCode(a, b *part) bool { return a.Code == b.Code }

// openParts returns an empty store of parts, in which wholes are others.
func openParts(alike func(a, b *part) bool) partKeeper {
	db := memorystore.New(storetest.Codec{})
	wholes := newParts(db, "whole").Named("wholes")
	table := newParts(db, "part").Refers(memorystore.Reference[part]{Name: "Whole", Of: "whole", To: "wholes", Key: wholeOf}).Unique(alike, "Code")
	return partKeeper{
		Store: wholes, Tx: db, Out: db,
		Insert: func(ctx context.Context, v *part, events ...kit.Event) error {
			return table.Insert(tenanttest.Context(ctx), *v, events...)
		},
		Update: func(ctx context.Context, v *part, events ...kit.Event) error {
			return table.Update(tenanttest.Context(ctx), *v, events...)
		},
		Delete: func(ctx context.Context, like *part, events ...kit.Event) error {
			return table.Delete(tenanttest.Context(ctx), like.Code, events...)
		},
		Get: func(ctx context.Context, like *part) (*part, error) {
			v, err := table.Get(tenanttest.Context(ctx), like.Code)
			return &v, err
		},
		List: func(ctx context.Context, page kit.Page) (kit.Listing[*part], error) {
			return storetest.Pointers(table.List(tenanttest.Context(ctx), page))
		},
	}
}

func samplePart(i int) *part {
	return &part{Code: storetest.SampleText("code", i), Tenant: tenanttest.Tenant, Name: storetest.SampleText("name", i), Version: 1}
}

func changePart(v **part, fn func(*part)) {
	next := **v
	*v = &next
	fn(&next)
}

// testParts runs the suite on stores of parts.
func testParts(t *testing.T, open func() partKeeper) {
	wholes := func(k partKeeper) *partTable { return k.Store.(*partTable) }
	tenanttest.Run(t, storetest.Subject[*part]{
		Open:   func(*testing.T) partKeeper { return open() },
		Sample: samplePart,
		Key:    func(v *part) kit.Cursor { return kit.CursorOf(v.Code) },
		Version: func(v **part) (version *int64) {
			changePart(v, func(v *part) { version = &v.Version })
			return version
		},
		Change: func(v **part) { changePart(v, func(v *part) { v.Name, v.Version = v.Name+"'", v.Version+1 }) },
	}, tenanttest.Methods[*part]{
		OwnKeys:   true,
		SetTenant: func(v **part, tenant string) { changePart(v, func(v *part) { v.Tenant = tenant }) },
		Refer: []tenanttest.Reference[*part]{{
			Set: func(v **part, i int) { changePart(v, func(v *part) { v.Whole = new(samplePart(i).Code) }) },
			Put: func(ctx context.Context, k partKeeper, i int) error {
				whole := samplePart(i)
				whole.Tenant = tenanttest.Of(ctx)
				return wholes(k).Insert(tenanttest.Context(ctx), *whole)
			},
			Delete: func(ctx context.Context, k partKeeper, i int) error {
				return wholes(k).Delete(tenanttest.Context(ctx), samplePart(i).Code)
			},
		}},
	})
}

func TestPartsInMemory(t *testing.T) {
	testParts(t, func() partKeeper { return openParts(func(_, _ *part) bool { return false }) })
}
