package keytest_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/keytest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// product is a small entity.
type product struct {
	Code    string
	Number  int64
	Name    string
	Version int64
}

type keeper = storetest.Keeper[*product]

func sample(i int) *product {
	return &product{Code: storetest.SampleText("code", i), Number: int64(i + 1), Name: storetest.SampleText("name", i), Version: 1}
}

// open returns a store of products that are told apart by a key.
func open[K comparable](field string, key func(*product) K) keeper {
	db := memorystore.New(storetest.Codec{})
	table := memorystore.NewTable(db, memorystore.Mapping[product, K]{
		Entity:   "product",
		Key:      key,
		KeyField: field,
		Version:  func(v *product) int64 { return v.Version },
	})
	return keeper{
		Store: table, Tx: db, Out: db,
		Insert: func(ctx context.Context, v *product, events ...kit.Event) error {
			return table.Insert(ctx, *v, events...)
		},
		Update: func(ctx context.Context, v *product, events ...kit.Event) error {
			return table.Update(ctx, *v, events...)
		},
		Delete: func(ctx context.Context, like *product, events ...kit.Event) error {
			return table.Delete(ctx, key(like), events...)
		},
		Get: func(ctx context.Context, like *product) (*product, error) {
			v, err := table.Get(ctx, key(like))
			return &v, err
		},
		List: func(ctx context.Context, page kit.Page) (kit.Listing[*product], error) {
			return storetest.Pointers(table.List(ctx, page))
		},
	}
}

func subject[K comparable](field string, key func(*product) K, broken func(keeper) keeper) storetest.Subject[*product] {
	return storetest.Subject[*product]{
		Open:   func(*testing.T) keeper { return broken(open(field, key)) },
		Sample: sample,
		Key:    func(v *product) kit.Cursor { return kit.CursorOf(key(v)) },
		Version: func(v **product) *int64 {
			next := **v
			*v = &next
			return &next.Version
		},
		Event: func(v *product) kit.Event { return storetest.Event{About: string(kit.CursorOf(key(v)))} },
	}
}

func run(t *testing.T, broken func(keeper) keeper) {
	keytest.Texts(t, subject("Code", func(v *product) string { return v.Code }, broken), "Code", func(v **product, key string) {
		next := **v
		next.Code = key
		*v = &next
	})
	t.Run("numbers", func(t *testing.T) {
		keytest.Numbers(t, subject("Number", func(v *product) int64 { return v.Number }, broken), "Number", func(v **product, key int64) {
			next := **v
			next.Number = key
			*v = &next
		})
	})
}

var breakages = map[string]brokentest.Breakage[keeper]{
	"ignores case": {Subtest: "keeps_any_text", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *product, events ...kit.Event) error {
			next := *v
			next.Code = strings.ToLower(v.Code)
			return insert(ctx, &next, events...)
		}
		return k
	}},
	"sorts without case": {Subtest: "lists_keys", Break: func(k keeper) keeper {
		list := k.List
		k.List = func(ctx context.Context, page kit.Page) (kit.Listing[*product], error) {
			found, err := list(ctx, page)
			slices.SortStableFunc(found.Items, func(a, b *product) int {
				return strings.Compare(strings.ToLower(a.Code), strings.ToLower(b.Code))
			})
			return found, err
		}
		return k
	}},
	"begins again after what is gone": {Subtest: "goes_on", Break: func(k keeper) keeper {
		list := k.List
		k.List = func(ctx context.Context, page kit.Page) (kit.Listing[*product], error) {
			if _, err := k.Get(ctx, &product{Code: string(page.After)}); err != nil {
				page.After = ""
			}
			return list(ctx, page)
		}
		return k
	}},
	"keeps 32 bits of a number": {Subtest: "numbers/keeps_any_number", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *product, events ...kit.Event) error {
			next := *v
			next.Number = int64(int32(v.Number))
			return insert(ctx, &next, events...)
		}
		return k
	}},
	"sorts numbers as texts": {Subtest: "numbers/lists_keys", Break: func(k keeper) keeper {
		list := k.List
		k.List = func(ctx context.Context, page kit.Page) (kit.Listing[*product], error) {
			found, err := list(ctx, page)
			slices.SortFunc(found.Items, func(a, b *product) int {
				return strings.Compare(strconv.FormatInt(a.Number, 10), strconv.FormatInt(b.Number, 10))
			})
			return found, err
		}
		return k
	}},
	"does not name the key": {Subtest: "refuses", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *product, events ...kit.Event) error {
			err := insert(ctx, v, events...)
			if kit.CodeOf(err) == kit.Invalid {
				return kit.Errorf(kit.Invalid, "there is no such key")
			}
			return err
		}
		return k
	}},
	"takes 0": {Subtest: "numbers/refuses", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *product, events ...kit.Event) error {
			next := *v
			next.Number = max(v.Number, 1)
			return insert(ctx, &next, events...)
		}
		return k
	}},
	"takes what is too long": {Subtest: "refuses", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *product, events ...kit.Event) error {
			next := *v
			next.Code = v.Code[:min(len(v.Code), 255)]
			return insert(ctx, &next, events...)
		}
		return k
	}},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) { run(t, brokentest.Chosen(t, breakages)) }

func TestProducts(t *testing.T) { run(t, func(k keeper) keeper { return k }) }
