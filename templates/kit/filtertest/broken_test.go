package filtertest_test

import (
	"cmp"
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/filtertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// item is a small entity, and filter what Find asks for.
type (
	item struct {
		ID      kit.UUID
		Group   string
		Size    int64
		Version int64
	}
	filter struct {
		Group           *string
		SizeGreaterThan *int64
	}
	table   = memorystore.Table[item, kit.UUID]
	keeper  = storetest.Keeper[*item]
	listing = kit.Listing[*item]
	find    = filtertest.Find[*item, filter]
)

func sample(i int) *item {
	return &item{ID: storetest.SampleUUID(i), Group: storetest.SampleText("group", i), Size: int64(i), Version: 1}
}

func subject() storetest.Subject[*item] {
	return storetest.Subject[*item]{
		Open: func(*testing.T) keeper {
			db := memorystore.New(storetest.Codec{})
			kept := memorystore.NewTable(db, memorystore.Mapping[item, kit.UUID]{
				Entity:  "item",
				Key:     func(v *item) kit.UUID { return v.ID },
				Version: func(v *item) int64 { return v.Version },
			})
			return keeper{
				Store: kept, Tx: db,
				Delete: func(ctx context.Context, like *item, events ...kit.Event) error {
					return kept.Delete(ctx, like.ID, events...)
				},
				Insert: func(ctx context.Context, v *item, events ...kit.Event) error { return kept.Insert(ctx, *v, events...) },
			}
		},
		Sample: sample,
		Key:    func(v *item) kit.Cursor { return kit.CursorOf(v.ID) },
	}
}

func bySize(a, b *item) int { return cmp.Compare(a.Size, b.Size) }

func match(f filter, v *item) bool {
	return (f.Group == nil || v.Group == *f.Group) && (f.SizeGreaterThan == nil || v.Size > *f.SizeGreaterThan)
}

// call is the method of a store: it finds what fulfils a filter, in an order.
func call(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
	matches := func(v *item) bool { return match(f, v) }
	switch sort {
	case "":
		return storetest.Pointers(k.Store.(*table).Find(ctx, page, matches))
	case "size", "-size":
		return storetest.Pointers(k.Store.(*table).FindSorted(ctx, page, matches, bySize, sort == "-size"))
	}
	return listing{}, kit.Errorf(kit.Invalid, "cannot sort by %q", sort)
}

// whole returns a method that is as it should be.
func whole() find {
	return find{
		Call: call,
		Mix: []func(**item, *item){
			func(v **item, of *item) { next := **v; next.Group = of.Group; *v = &next },
			func(v **item, of *item) { next := **v; next.Size = of.Size; *v = &next },
		},
		Ask: []func(f *filter, a, b *item){
			func(f *filter, a, _ *item) { f.Group = new(a.Group) },
			func(f *filter, a, _ *item) { f.SizeGreaterThan = new(a.Size) },
		},
		Match: match,
		Sorts: []filtertest.Sort[*item]{{Name: "size", Compare: bySize}, {Name: "-size", Compare: bySize, Desc: true}},
	}
}

// called returns a method that is called otherwise.
func called(otherwise func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error)) func(find) find {
	return func(f find) find {
		f.Call = otherwise
		return f
	}
}

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[find]{
	"ignores a field": {Subtest: "Find", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		f.SizeGreaterThan = nil
		return call(ctx, k, f, sort, page)
	})},
	"asks for one field at a time": {Subtest: "Find", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		if f.Group != nil {
			f.SizeGreaterThan = nil
		}
		return call(ctx, k, f, sort, page)
	})},
	"is not reversed": {Subtest: "Find", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		if sort == "-size" {
			sort = "size"
		}
		return call(ctx, k, f, sort, page)
	})},
	"is in the order of ID": {Subtest: "Find", Break: called(func(ctx context.Context, k keeper, f filter, _ string, page kit.Page) (listing, error) {
		return call(ctx, k, f, "", page)
	})},
	"does not end": {Subtest: "Find", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		found, err := call(ctx, k, f, sort, page)
		if len(found.Items) > 0 {
			found.Next = kit.CursorOf(found.Items[len(found.Items)-1].ID)
		}
		return found, err
	})},
	"ends after what is gone": {Subtest: "Find_after_what_is_gone", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		found, err := call(ctx, k, f, sort, page)
		if kit.CodeOf(err) == kit.Invalid {
			return listing{}, nil
		}
		return found, err
	})},
	"takes any order": {Subtest: "Find_in_an_unknown_order", Break: called(func(ctx context.Context, k keeper, f filter, sort string, page kit.Page) (listing, error) {
		if sort == "-" {
			sort = ""
		}
		return call(ctx, k, f, sort, page)
	})},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

func TestWhole(t *testing.T) { filtertest.Run(t, subject(), whole()) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	filtertest.Run(t, subject(), brokentest.Chosen(t, breakages)(whole()))
}
