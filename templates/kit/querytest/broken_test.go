package querytest_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/paged"
	"github.com/outgrowkit/outgrow/templates/kit/querytest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// item is a small entity, which may be in another one.
type item struct {
	ID      kit.UUID
	In      *kit.UUID
	Group   string
	Size    int64
	At      time.Time
	Version int64
}

type (
	keeper  = storetest.Keeper[*item]
	listing = kit.Listing[*item]
	methods = querytest.Methods[*item]
)

func sample(i int) *item {
	return &item{
		ID: storetest.SampleUUID(i), In: new(storetest.SampleUUID(i)), Group: storetest.SampleText("group", i), Size: int64(i), At: storetest.SampleTime(i), Version: 1,
	}
}

func subject() storetest.Subject[*item] {
	return storetest.Subject[*item]{
		Open: func(*testing.T) keeper {
			db := memorystore.New(storetest.Codec{})
			table := memorystore.NewTable(db, memorystore.Mapping[item, kit.UUID]{
				Entity:  "item",
				Key:     func(v *item) kit.UUID { return v.ID },
				Version: func(v *item) int64 { return v.Version },
			}).Refers(memorystore.Reference[item]{Name: "In", Of: "item", To: "items", Key: func(v *item) (kit.Cursor, bool) { return kit.CursorOf(*v.In), true }}).Named("items")
			return keeper{
				Store: table, Tx: db, Out: db,
				Delete: func(ctx context.Context, like *item, events ...kit.Event) error {
					return table.Delete(ctx, like.ID, events...)
				},
				Insert: func(ctx context.Context, v *item, events ...kit.Event) error { return table.Insert(ctx, *v, events...) },
				Get: func(ctx context.Context, like *item) (*item, error) {
					v, err := table.Get(ctx, like.ID)
					return &v, err
				},
			}
		},
		Sample: sample,
		Key:    func(v *item) kit.Cursor { return kit.CursorOf(v.ID) },
		Version: func(v **item) *int64 {
			next := **v
			*v = &next
			return &next.Version
		},
		Change: func(v **item) {
			next := sample(int((*v).Size) + 10)
			next.ID, next.In, next.Version = (*v).ID, (*v).In, (*v).Version+1
			*v = next
		},
		Event: func(v *item) kit.Event { return storetest.Event{About: v.ID.String()} },
	}
}

func tableOf(k keeper) *memorystore.Table[item, kit.UUID] {
	return k.Store.(*memorystore.Table[item, kit.UUID])
}

func isBetween(like []*item, v *item) bool { return v.Size >= like[0].Size && v.Size <= like[1].Size }

func isOfGroup(like []*item, v *item) bool { return v.Group == like[0].Group }

func bySize(a, b *item) int { return cmp.Compare(a.Size, b.Size) }

func groupOf(v *item) string { return v.Group }

func sizeOf(v *item) int64 { return v.Size }

func setSize(v **item, size int64) {
	next := **v
	next.Size = size
	*v = &next
}

// whole returns methods that are as they should be.
func whole() methods {
	return methods{
		Mix: []func(**item, *item){
			func(v **item, of *item) { next := **v; next.Group = of.Group; *v = &next },
			func(v **item, of *item) { next := **v; next.Size = of.Size; *v = &next },
			func(v **item, of *item) { next := **v; next.In = of.In; *v = &next },
		},
		Refers: func(v, to *item) bool { return *v.In == to.ID },
		Queries: []querytest.Query[*item]{{
			Name: "FindBySizeBetween", Takes: 2, Match: isBetween, Compare: bySize,
			Find: func(ctx context.Context, k keeper, like []*item, page kit.Page) (listing, error) {
				return storetest.Pointers(tableOf(k).FindSorted(ctx, page, func(v *item) bool { return isBetween(like, v) }, bySize, false))
			},
		}, {
			Name: "ListOrderBySizeDesc", Match: func([]*item, *item) bool { return true }, Compare: bySize, Desc: true,
			Find: func(ctx context.Context, k keeper, _ []*item, page kit.Page) (listing, error) {
				return storetest.Pointers(tableOf(k).FindSorted(ctx, page, func(*item) bool { return true }, bySize, true))
			},
		}, {
			Name: "GetByGroup", Takes: 1, Match: isOfGroup,
			First: func(ctx context.Context, k keeper, like []*item) (*item, error) {
				v, err := tableOf(k).First(ctx, func(v *item) bool { return isOfGroup(like, v) }, nil, false)
				return &v, err
			},
		}, {
			Name: "AllByGroup", Takes: 1, Match: isOfGroup,
			All: func(ctx context.Context, k keeper, like []*item) iter.Seq2[*item, error] {
				return querytest.Pointers(paged.All(ctx, func(ctx context.Context, page kit.Page) (kit.Listing[item], error) {
					return tableOf(k).Find(ctx, page, func(v *item) bool { return isOfGroup(like, v) })
				}))
			},
		}, {
			Name: "CountByGroup", Takes: 1, Match: isOfGroup,
			Count: func(ctx context.Context, k keeper, like []*item) (int64, error) {
				return tableOf(k).Count(ctx, func(v *item) bool { return isOfGroup(like, v) })
			},
		}, {
			Name: "SumSizeByGroup", Takes: 1, Match: isOfGroup, Number: sizeOf, Set: setSize,
			Count: func(ctx context.Context, k keeper, like []*item) (int64, error) {
				return tableOf(k).Sum(ctx, func(v *item) bool { return isOfGroup(like, v) }, sizeOf)
			},
		}, {
			Name: "SumSizePerGroup", Match: func([]*item, *item) bool { return true },
			Number: sizeOf, Set: setSize, Per: func(v *item) any { return v.Group },
			Counts: func(ctx context.Context, k keeper, _ []*item) (map[any]int64, error) {
				return querytest.Numbers(memorystore.Per(ctx, tableOf(k), func(*item) bool { return true }, groupOf, sizeOf))
			},
		}, {
			Name: "DeleteByGroup", Takes: 1, Match: isOfGroup,
			Remove: func(ctx context.Context, k keeper, like []*item, events ...kit.Event) (int64, error) {
				return tableOf(k).Remove(ctx, func(v *item) bool { return isOfGroup(like, v) }, events)
			},
		}},
		GetMany: func(ctx context.Context, k keeper, like []*item) ([]*item, error) {
			ids := make([]kit.UUID, len(like))
			for i, v := range like {
				ids[i] = v.ID
			}
			items, err := tableOf(k).GetMany(ctx, ids)
			all, err := storetest.Pointers(kit.Listing[item]{Items: items}, err)
			return all.Items, err
		},
		InsertMany: func(ctx context.Context, k keeper, entities []*item, events ...kit.Event) error {
			var all []item
			for _, v := range entities {
				all = append(all, *v)
			}
			return tableOf(k).InsertMany(ctx, all, events...)
		},
		Upsert: func(ctx context.Context, k keeper, v *item, events ...kit.Event) error {
			return tableOf(k).Upsert(ctx, *v, func(v, old *item) { v.Version = old.Version + 1 }, events)
		},
	}
}

// changed returns whole methods with one query changed.
func changed(name string, change func(*querytest.Query[*item])) func(methods) methods {
	return func(m methods) methods {
		i := slices.IndexFunc(m.Queries, func(q querytest.Query[*item]) bool { return q.Name == name })
		change(&m.Queries[i])
		return m
	}
}

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[methods]{
	"leaves out the ends of a range": {Subtest: "FindBySizeBetween", Break: changed("FindBySizeBetween", func(q *querytest.Query[*item]) {
		q.Find = func(ctx context.Context, k keeper, like []*item, page kit.Page) (listing, error) {
			within := func(v *item) bool { return v.Size > like[0].Size && v.Size < like[1].Size }
			return storetest.Pointers(tableOf(k).FindSorted(ctx, page, within, bySize, false))
		}
	})},
	"is in the order of ID": {Subtest: "FindBySizeBetween", Break: changed("FindBySizeBetween", func(q *querytest.Query[*item]) {
		q.Find = func(ctx context.Context, k keeper, like []*item, page kit.Page) (listing, error) {
			return storetest.Pointers(tableOf(k).Find(ctx, page, func(v *item) bool { return isBetween(like, v) }))
		}
	})},
	"ends after what is gone": {Subtest: "FindBySizeBetween_after_what_is_gone", Break: changed("FindBySizeBetween", func(q *querytest.Query[*item]) {
		find := q.Find
		q.Find = func(ctx context.Context, k keeper, like []*item, page kit.Page) (listing, error) {
			found, err := find(ctx, k, like, page)
			if kit.CodeOf(err) == kit.Invalid {
				return listing{}, nil
			}
			return found, err
		}
	})},
	"removes what others refer to": {Subtest: "DeleteByGroup", Break: changed("DeleteByGroup", func(q *querytest.Query[*item]) {
		remove := q.Remove
		q.Remove = func(ctx context.Context, k keeper, like []*item, events ...kit.Event) (int64, error) {
			n, err := remove(ctx, k, like, events...)
			if kit.CodeOf(err) == kit.Conflict {
				err = nil
			}
			return n, err
		}
	})},
	"removes one after the other": {Subtest: "DeleteByGroup_of_those", Break: changed("DeleteByGroup", func(q *querytest.Query[*item]) {
		q.Remove = func(ctx context.Context, k keeper, like []*item, events ...kit.Event) (n int64, err error) {
			return n, k.Tx.Within(ctx, func(ctx context.Context) error {
				found, err := tableOf(k).Find(ctx, kit.Page{Limit: 1000}, func(v *item) bool { return isOfGroup(like, v) })
				for _, v := range found.Items {
					n++
					err = errors.Join(err, tableOf(k).Delete(ctx, v.ID))
				}
				return err
			})
		}
	})},
	"is not reversed": {Subtest: "ListOrderBySizeDesc", Break: changed("ListOrderBySizeDesc", func(q *querytest.Query[*item]) {
		q.Find = func(ctx context.Context, k keeper, _ []*item, page kit.Page) (listing, error) {
			return storetest.Pointers(tableOf(k).FindSorted(ctx, page, func(*item) bool { return true }, bySize, false))
		}
	})},
	"returns the last": {Subtest: "GetByGroup", Break: changed("GetByGroup", func(q *querytest.Query[*item]) {
		q.First = func(ctx context.Context, k keeper, like []*item) (*item, error) {
			v, err := tableOf(k).First(ctx, func(v *item) bool { return isOfGroup(like, v) }, nil, true)
			return &v, err
		}
	})},
	"hides an error": {Subtest: "AllByGroup", Break: changed("AllByGroup", func(q *querytest.Query[*item]) {
		all := q.All
		q.All = func(ctx context.Context, k keeper, like []*item) iter.Seq2[*item, error] {
			return func(yield func(*item, error) bool) {
				for v, err := range all(ctx, k, like) {
					if err != nil || !yield(v, nil) {
						return
					}
				}
			}
		}
	})},
	"counts too much": {Subtest: "CountByGroup", Break: changed("CountByGroup", func(q *querytest.Query[*item]) {
		q.Count = func(ctx context.Context, k keeper, _ []*item) (int64, error) {
			return tableOf(k).Count(ctx, func(*item) bool { return true })
		}
	})},
	"counts in place of adding up": {Subtest: "SumSizeByGroup", Break: changed("SumSizeByGroup", func(q *querytest.Query[*item]) {
		q.Count = func(ctx context.Context, k keeper, like []*item) (int64, error) {
			return tableOf(k).Count(ctx, func(v *item) bool { return isOfGroup(like, v) })
		}
	})},
	"begins anew after the largest number": {Subtest: "SumSizeByGroup_of_large", Break: changed("SumSizeByGroup", func(q *querytest.Query[*item]) {
		q.Count = func(ctx context.Context, k keeper, like []*item) (sum int64, err error) {
			_, err = tableOf(k).Count(ctx, func(v *item) bool {
				if isOfGroup(like, v) {
					sum += v.Size
				}
				return true
			})
			return sum, err
		}
	})},
	"counts each, in place of adding up": {Subtest: "SumSizePerGroup", Break: changed("SumSizePerGroup", func(q *querytest.Query[*item]) {
		q.Counts = func(ctx context.Context, k keeper, _ []*item) (map[any]int64, error) {
			numbers := map[any]int64{}
			_, err := tableOf(k).Count(ctx, func(v *item) bool {
				numbers[v.Group]++
				return true
			})
			return numbers, err
		}
	})},
	"returns numbers beside an error": {Subtest: "SumSizePerGroup", Break: changed("SumSizePerGroup", func(q *querytest.Query[*item]) {
		counts := q.Counts
		q.Counts = func(ctx context.Context, k keeper, like []*item) (map[any]int64, error) {
			numbers, err := counts(ctx, k, like)
			if numbers == nil {
				numbers = map[any]int64{"a": 1}
			}
			return numbers, err
		}
	})},
	"removes what is not meant": {Subtest: "DeleteByGroup", Break: changed("DeleteByGroup", func(q *querytest.Query[*item]) {
		q.Remove = func(ctx context.Context, k keeper, like []*item, events ...kit.Event) (int64, error) {
			n, err := tableOf(k).Count(ctx, func(v *item) bool { return isOfGroup(like, v) })
			if err != nil {
				return 0, err
			}
			_, err = tableOf(k).Remove(ctx, func(*item) bool { return true }, events)
			return n, err
		}
	})},
	"removes and tells nobody": {Subtest: "DeleteByGroup_and_its_events", Break: changed("DeleteByGroup", func(q *querytest.Query[*item]) {
		remove := q.Remove
		q.Remove = func(ctx context.Context, k keeper, like []*item, _ ...kit.Event) (int64, error) {
			return remove(ctx, k, like)
		}
	})},
	"gets in the order that was asked for": {Subtest: "GetMany", Break: func(m methods) methods {
		m.GetMany = func(ctx context.Context, k keeper, like []*item) (all []*item, err error) {
			for _, of := range like {
				v, err := tableOf(k).Get(ctx, of.ID)
				if kit.CodeOf(err) == kit.NotFound {
					continue
				}
				if err != nil {
					return nil, err
				}
				all = append(all, &v)
			}
			return all, nil
		}
		return m
	}},
	"inserts some": {Subtest: "InsertMany", Break: func(m methods) methods {
		m.InsertMany = func(ctx context.Context, k keeper, entities []*item, events ...kit.Event) error {
			for _, v := range entities {
				if err := tableOf(k).Insert(ctx, *v, events...); err != nil {
					return err
				}
				events = nil
			}
			return nil
		}
		return m
	}},
	"replaces at any version": {Subtest: "Upsert", Break: func(m methods) methods {
		m.Upsert = func(ctx context.Context, k keeper, v *item, events ...kit.Event) error {
			return tableOf(k).Upsert(ctx, *v, func(_, _ *item) {}, events)
		}
		return m
	}},
	"begins with nothing":          {Subtest: "NextSize", Break: nextSize(beginsWithNothing)},
	"goes on without its context":  {Subtest: "NextSize", Break: nextSize(goesOnWithoutContext)},
	"begins anew in a transaction": {Subtest: "NextSize_in_transactions", Break: nextSize(beginsAnewInTransactions)},
	"returns what is free again":   {Subtest: "NextSize_after_what_is_gone", Break: nextSize(countsWhatIsThere)},
	"returns each number twice":    {Subtest: "NextSize_at_the_same_time", Break: nextSize(returnsEachTwice)},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

func TestWhole(t *testing.T) { querytest.Run(t, subject(), nextSize(rises)(whole())) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	querytest.Run(t, subject(), brokentest.Chosen(t, breakages)(whole()))
}
