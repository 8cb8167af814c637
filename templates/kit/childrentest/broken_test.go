package childrentest_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/childrentest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// basket is an entity with a list.
type basket struct {
	ID      kit.UUID
	Name    string
	Fruits  []fruit
	Version int64
}

type fruit struct{ ID kit.UUID }

func sampleFruit(i int) fruit { return fruit{storetest.SampleUUID(i)} }

type keeper = storetest.Keeper[*basket]

func openBaskets(*testing.T) keeper {
	db := memorystore.New(storetest.Codec{})
	table := memorystore.NewTable(db, memorystore.Mapping[basket, kit.UUID]{
		Entity:  "basket",
		Key:     func(v *basket) kit.UUID { return v.ID },
		Version: func(v *basket) int64 { return v.Version },
		Clone: func(v basket) basket {
			v.Fruits = slices.Clone(v.Fruits)
			return v
		},
	})
	return keeper{
		Store: table, Tx: db, Out: db,
		Delete: func(ctx context.Context, like *basket, events ...kit.Event) error {
			return table.Delete(ctx, like.ID, events...)
		},
		Insert: func(ctx context.Context, v *basket, events ...kit.Event) error {
			return table.Insert(ctx, *v, events...)
		},
		Update: func(ctx context.Context, v *basket, events ...kit.Event) error {
			return table.Update(ctx, *v, events...)
		},
		Get: func(ctx context.Context, like *basket) (*basket, error) {
			v, err := table.Get(ctx, like.ID)
			return &v, err
		},
		List: func(ctx context.Context, page kit.Page) (kit.Listing[*basket], error) {
			return storetest.Pointers(table.List(ctx, page))
		},
	}
}

func run(t *testing.T, broken func(keeper) keeper) {
	changed := func(v **basket) *basket {
		next := **v
		*v = &next
		return &next
	}
	childrentest.Run(t, storetest.Subject[*basket]{
		Open:    func(t *testing.T) keeper { return broken(openBaskets(t)) },
		Sample:  func(i int) *basket { return &basket{ID: storetest.SampleUUID(i), Version: 1} },
		Key:     func(v *basket) kit.Cursor { return kit.CursorOf(v.ID) },
		Version: func(v **basket) *int64 { return &changed(v).Version },
		Change: func(v **basket) {
			next := changed(v)
			next.Name += "'"
			next.Version++
		},
		Event: func(v *basket) kit.Event { return storetest.Event{About: v.ID.String()} },
	}, childrentest.List[*basket]{
		Name: "Fruits",
		Put: func(v **basket, numbers []int) {
			changed(v).Fruits = childrentest.Elements[[]fruit](numbers, sampleFruit)
		},
	})
}

// updating breaks a store that is about to update, of what it holds.
func updating(change func(old, now basket) basket) func(keeper) keeper {
	return func(k keeper) keeper {
		update := k.Update
		k.Update = func(ctx context.Context, v *basket, events ...kit.Event) error {
			now := *v
			if old, err := k.Get(ctx, v); err == nil {
				now = change(*old, now)
			}
			return update(ctx, &now, events...)
		}
		return k
	}
}

// reading breaks what a store returns.
func reading(change func(*basket)) func(keeper) keeper {
	return func(k keeper) keeper {
		get := k.Get
		k.Get = func(ctx context.Context, like *basket) (*basket, error) {
			v, err := get(ctx, like)
			change(v)
			return v, err
		}
		return k
	}
}

// leaves leaves the list of a basket that is deleted to the next one.
func leaves(k keeper) keeper {
	left := map[kit.UUID][]fruit{}
	remove, get, insert := k.Delete, k.Get, k.Insert
	k.Delete = func(ctx context.Context, like *basket, events ...kit.Event) error {
		if v, err := get(ctx, like); err == nil {
			left[like.ID] = v.Fruits
		}
		return remove(ctx, like, events...)
	}
	k.Insert = func(ctx context.Context, v *basket, events ...kit.Event) error {
		now := *v
		if old := left[v.ID]; len(old) > len(now.Fruits) {
			now.Fruits = append(slices.Clone(now.Fruits), old[len(now.Fruits):]...)
		}
		return insert(ctx, &now, events...)
	}
	return k
}

// tears reads a basket and, after it, its list: for once while it is changed.
func tears(k keeper) keeper {
	get, update := k.Get, k.Update
	read, changed := make(chan struct{}), make(chan struct{})
	var once, first sync.Once
	k.Get = func(ctx context.Context, like *basket) (*basket, error) {
		v, err := get(ctx, like)
		once.Do(func() {
			close(read)
			<-changed
		})
		if later, laterErr := get(ctx, like); laterErr == nil {
			v.Fruits = later.Fruits
		}
		return v, err
	}
	k.Update = func(ctx context.Context, v *basket, events ...kit.Event) error {
		<-read
		err := update(ctx, v, events...)
		first.Do(func() { close(changed) })
		return err
	}
	return k
}

var breakages = map[string]brokentest.Breakage[keeper]{
	"keeps no list with an insert": {Subtest: "Fruits_is_inserted", Break: func(k keeper) keeper {
		insert := k.Insert
		k.Insert = func(ctx context.Context, v *basket, events ...kit.Event) error {
			now := *v
			now.Fruits = nil
			return insert(ctx, &now, events...)
		}
		return k
	}},
	"takes an empty list for none": {Subtest: "Fruits_is_inserted", Break: reading(func(v *basket) { v.Fruits = append([]fruit(nil), v.Fruits...) })},
	"sorts": {Subtest: "Fruits_is_changed", Break: reading(func(v *basket) {
		slices.SortFunc(v.Fruits, func(a, b fruit) int { return slices.Compare(a.ID[:], b.ID[:]) })
	})},
	"keeps what is gone": {Subtest: "Fruits_is_changed", Break: updating(func(old, now basket) basket {
		if len(old.Fruits) > len(now.Fruits) {
			now.Fruits = append(slices.Clone(now.Fruits), old.Fruits[len(now.Fruits):]...)
		}
		return now
	})},
	"has each element once": {Subtest: "Fruits_is_changed", Break: reading(func(v *basket) { v.Fruits = slices.Compact(v.Fruits) })},
	"takes a list for changed with its entity alone": {Subtest: "Fruits_is_changed_alone", Break: updating(func(old, now basket) basket {
		if old.Name == now.Name {
			now.Fruits = old.Fruits
		}
		return now
	})},
	"leaves the list of what was deleted": {Subtest: "Fruits_is_deleted", Break: leaves},
	"lists none": {Subtest: "Fruits_is_listed", Break: func(k keeper) keeper {
		list := k.List
		k.List = func(ctx context.Context, page kit.Page) (kit.Listing[*basket], error) {
			listing, err := list(ctx, page)
			for _, v := range listing.Items {
				v.Fruits = nil
			}
			return listing, err
		}
		return k
	}},
	"reads a list after its entity": {Subtest: "Fruits_is_read", Break: tears},
	"changes a list whichever version it is of": {Subtest: "Fruits_is_not_changed", Break: func(k keeper) keeper {
		update := k.Update
		k.Update = func(ctx context.Context, v *basket, events ...kit.Event) error {
			err := update(ctx, v, events...)
			if kit.CodeOf(err) == kit.Conflict {
				if old, readErr := k.Get(ctx, v); readErr == nil {
					old.Fruits, old.Version = v.Fruits, old.Version+1
					_ = update(ctx, old)
				}
			}
			return err
		}
		return k
	}},
	"keeps a list beyond its transaction": {Subtest: "Fruits_is_undone", Break: func(k keeper) keeper {
		kept := map[kit.UUID][]fruit{}
		update, get := k.Update, k.Get
		k.Update = func(ctx context.Context, v *basket, events ...kit.Event) error {
			kept[v.ID] = v.Fruits
			return update(ctx, v, events...)
		}
		k.Get = func(ctx context.Context, like *basket) (*basket, error) {
			v, err := get(ctx, like)
			if list, ok := kept[like.ID]; ok {
				v.Fruits = list
			}
			return v, err
		}
		return k
	}},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) { run(t, brokentest.Chosen(t, breakages)) }

func TestBaskets(t *testing.T) { run(t, func(k keeper) keeper { return k }) }
