package tenanttest_test

import (
	"cmp"
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/constrainttest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/querytest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
	"github.com/outgrowkit/outgrow/templates/kit/tenanttest"
)

// note is a small entity.
type note struct {
	ID      kit.UUID
	Tenant  string
	Name    string
	About   *kit.UUID // the ID of a topic
	Version int64
}

// topic is what notes are about.
type topic struct {
	ID     kit.UUID
	Tenant string
}

type (
	keeper  = storetest.Keeper[*note]
	methods = tenanttest.Methods[*note]
)

// store is tables of notes and of topics.
type store struct {
	notes  *memorystore.Table[note, kit.UUID]
	topics *memorystore.Table[topic, kit.UUID]
	last   *map[string]int64
}

func storeOf(k keeper) store { return k.Store.(store) }

func sample(i int) *note {
	return &note{ID: storetest.SampleUUID(i), Tenant: tenanttest.Tenant, Name: storetest.SampleText("name", i), Version: 1}
}

// alike tells which notes no tenant may have twice.
func alike(a, b *note) bool { return a.Tenant == b.Tenant && a.Name == b.Name }

// aboutWhat returns the ID of a topic that a note is about.
func aboutWhat(v *note) (kit.Cursor, bool) {
	if v.About == nil {
		return "", false
	}
	return kit.CursorOf(*v.About), true
}

// open returns an empty store in which notes are told apart by a function.
func open(alike func(a, b *note) bool) keeper {
	db := memorystore.New(storetest.Codec{})
	s := store{last: new(map[string]int64), topics: memorystore.NewTable(db, memorystore.Mapping[topic, kit.UUID]{
		Entity: "topic", Key: func(v *topic) kit.UUID { return v.ID },
	}).Owned(func(v *topic) string { return v.Tenant }).Named("topics")}
	s.notes = memorystore.NewTable(db, memorystore.Mapping[note, kit.UUID]{
		Entity:  "note",
		Key:     func(v *note) kit.UUID { return v.ID },
		Version: func(v *note) int64 { return v.Version },
	}).Owned(func(v *note) string { return v.Tenant }).Unique(alike, "Name").
		Refers(memorystore.Reference[note]{Name: "About", Of: "topic", To: "topics", Key: aboutWhat})
	return keeper{
		Store: s, Tx: db, Out: db,
		Delete: func(ctx context.Context, like *note, events ...kit.Event) error {
			return s.notes.Delete(tenanttest.Context(ctx), like.ID, events...)
		},
		Insert: func(ctx context.Context, v *note, events ...kit.Event) error {
			return s.notes.Insert(tenanttest.Context(ctx), *v, events...)
		},
		Update: func(ctx context.Context, v *note, events ...kit.Event) error {
			return s.notes.Update(tenanttest.Context(ctx), *v, events...)
		},
		Get: func(ctx context.Context, like *note) (*note, error) {
			v, err := s.notes.Get(tenanttest.Context(ctx), like.ID)
			return &v, err
		},
		List: func(ctx context.Context, page kit.Page) (kit.Listing[*note], error) {
			return storetest.Pointers(s.notes.List(tenanttest.Context(ctx), page))
		},
	}
}

func change(v **note, fn func(*note)) {
	next := **v
	*v = &next
	fn(&next)
}

func subject() storetest.Subject[*note] {
	return storetest.Subject[*note]{
		Open:   func(*testing.T) keeper { return open(alike) },
		Sample: sample,
		Key:    func(v *note) kit.Cursor { return kit.CursorOf(v.ID) },
		Fix:    func(v **note, like *note) { change(v, func(v *note) { v.Tenant, v.About = like.Tenant, like.About }) },
		Version: func(v **note) (version *int64) {
			change(v, func(v *note) { version = &v.Version })
			return version
		},
		Change: func(v **note) {
			next := sample(constrainttest.Changed((*v).Version, func(i int) bool { return sample(i).ID == (*v).ID }))
			next.ID, next.Version = (*v).ID, (*v).Version+1
			*v = next
		},
		Event: func(v *note) kit.Event { return storetest.Event{About: v.ID.String()} },
	}
}

// sorted returns the query that lists notes by their names.
func sorted() querytest.Query[*note] {
	byName := func(a, b *note) int { return cmp.Compare(a.Name, b.Name) }
	return querytest.Query[*note]{
		Name: "ListOrderByName", Compare: byName, Match: func([]*note, *note) bool { return true },
		Find: func(ctx context.Context, k keeper, _ []*note, page kit.Page) (kit.Listing[*note], error) {
			return storetest.Pointers(storeOf(k).notes.FindSorted(tenanttest.Context(ctx), page, func(*note) bool { return true }, byName, false))
		},
	}
}

// whole returns methods that are as they should be.
func whole() methods {
	return methods{
		Methods: querytest.Methods[*note]{
			Queries: []querytest.Query[*note]{sorted(), {
				Name: "DeleteByVersion", Takes: 1, Match: func(like []*note, v *note) bool { return v.Version == like[0].Version },
				Remove: func(ctx context.Context, k keeper, like []*note, events ...kit.Event) (int64, error) {
					return storeOf(k).notes.Remove(tenanttest.Context(ctx), func(v *note) bool { return v.Version == like[0].Version }, events)
				},
			}},
			Numbers: []querytest.Number[*note]{{Name: "NextVersion", Next: func(ctx context.Context, k keeper) (int64, error) {
				s := storeOf(k)
				return memorystore.NextOfTenant(tenanttest.Context(ctx), s.notes, s.last)
			}}},
			Upsert: func(ctx context.Context, k keeper, v *note, events ...kit.Event) error {
				return storeOf(k).notes.Upsert(tenanttest.Context(ctx), *v, func(v, old *note) { v.Version = old.Version + 1 }, events)
			},
		},
		SetTenant: func(v **note, tenant string) { change(v, func(v *note) { v.Tenant = tenant }) },
		Alike:     func(v **note, like *note) { change(v, func(v *note) { v.Name = like.Name }) },
		Refer: []tenanttest.Reference[*note]{{
			Set: func(v **note, i int) { change(v, func(v *note) { v.About = new(storetest.SampleUUID(i)) }) },
			Put: func(ctx context.Context, k keeper, i int) error {
				return storeOf(k).topics.Insert(tenanttest.Context(ctx), topic{storetest.SampleUUID(i), tenanttest.Of(ctx)})
			},
		}},
	}
}

func TestNotesInMemory(t *testing.T) {
	storetest.Entities(t, subject())
	tenanttest.Run(t, subject(), whole())
}

// broken is a store and the methods beside it, and one of parts.
type broken struct {
	keeper
	methods

	parts partKeeper
}

// unbroken returns what keeps every promise.
func unbroken() broken {
	return broken{open(alike), whole(), openParts(func(_, _ *part) bool { return false })}
}

// by returns a breakage of a store or its methods.
func by(subtest string, breaks func(b *broken)) brokentest.Breakage[broken] {
	return brokentest.Breakage[broken]{Subtest: subtest, Break: func(b broken) broken {
		breaks(&b)
		return b
	}}
}

// ofFirst returns a context that is always for the tenant of the samples.
func ofFirst(ctx context.Context) context.Context { return kit.WithTenant(ctx, tenanttest.Tenant) }

// breakages are ways to break a promise, each with the start of the name of the test that
// must fail.
var breakages = map[string]brokentest.Breakage[broken]{
	"gets what is of another": by("finds_nothing", func(b *broken) {
		get := b.Get
		b.Get = func(ctx context.Context, like *note) (*note, error) { return get(ofFirst(ctx), like) }
	}),
	"lists what is of another": by("finds_nothing", func(b *broken) {
		list := b.List
		b.List = func(ctx context.Context, page kit.Page) (kit.Listing[*note], error) { return list(ofFirst(ctx), page) }
	}),
	"removes what is of another": by("finds_nothing", func(b *broken) {
		remove := b.Queries[1].Remove
		b.Queries[1].Remove = func(ctx context.Context, k keeper, like []*note, events ...kit.Event) (int64, error) {
			return remove(ofFirst(ctx), k, like, events...)
		}
	}),
	"deletes what is of another": by("changes_nothing", func(b *broken) {
		remove := b.Delete
		b.Delete = func(ctx context.Context, like *note, events ...kit.Event) error {
			return remove(ofFirst(ctx), like, events...)
		}
	}),
	"puts in place of another": by("changes_nothing", func(b *broken) {
		upsert := b.Upsert
		b.Upsert = func(ctx context.Context, k keeper, v *note, events ...kit.Event) error {
			_ = k.Delete(ofFirst(ctx), v)
			return upsert(ctx, k, v, events...)
		}
	}),
	"keeps what is of any": by("keeps_nothing", func(b *broken) {
		insert := b.Insert
		b.Insert = func(ctx context.Context, v *note, events ...kit.Event) error {
			return insert(kit.WithTenant(ctx, v.Tenant), v, events...)
		}
	}),
	"tells apart across tenants": by("takes_what_is_unique", func(b *broken) {
		b.keeper = open(func(x, y *note) bool { return x.Name == y.Name })
	}),
	"refers across tenants": by("refers_to_nothing", func(b *broken) {
		put := b.Refer[0].Put
		b.Refer[0].Put = func(ctx context.Context, k keeper, i int) error {
			return cmp.Or(put(kit.WithTenant(ctx, "other"), k, i), put(ctx, k, i+1))
		}
	}),
	"counts numbers of all": by("counts_numbers", func(b *broken) {
		next := b.Numbers[0].Next
		b.Numbers[0].Next = func(ctx context.Context, k keeper) (int64, error) { return next(ofFirst(ctx), k) }
	}),
	"takes any tenant for none": by("does_nothing", func(b *broken) {
		list := b.List
		b.List = func(ctx context.Context, page kit.Page) (kit.Listing[*note], error) {
			if _, ok := kit.TenantOf(ctx); !ok {
				ctx = ofFirst(ctx)
			}
			return list(ctx, page)
		}
	}),
	"goes on after anything": by("tells_nobody", func(b *broken) {
		find := b.Queries[0].Find
		b.Queries[0].Find = func(ctx context.Context, k keeper, like []*note, page kit.Page) (kit.Listing[*note], error) {
			found, err := find(ctx, k, like, page)
			if kit.CodeOf(err) == kit.Invalid {
				return find(ctx, k, like, kit.Page{Limit: page.Limit})
			}
			return found, err
		}
	}),
	"has each key once": by("has_the_same_keys", func(b *broken) { b.parts = openParts(alikeInCode) }),
	"deletes what has the same key": by("has_the_same_keys", func(b *broken) {
		remove := b.parts.Delete
		b.parts.Delete = func(ctx context.Context, like *part, events ...kit.Event) error {
			return remove(ofFirst(ctx), like, events...)
		}
	}),
	"counts versions of a key": by("counts_versions", func(b *broken) {
		get := b.parts.Get
		b.parts.Get = func(ctx context.Context, like *part) (*part, error) {
			v, err := get(ctx, like)
			if tenant, _ := kit.TenantOf(ctx); tenant == tenanttest.Tenant && err == nil {
				_, err = get(kit.WithTenant(ctx, "other"), &part{Code: v.Code})
				err = cmp.Or(err, b.parts.Update(kit.WithTenant(ctx, "other"), &part{Code: v.Code, Tenant: "other", Version: 9}))
			}
			return v, err
		}
	}),
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	fn := brokentest.Chosen(t, breakages)
	s := subject()
	s.Open = func(*testing.T) keeper { return fn(unbroken()).keeper }
	tenanttest.Run(t, s, fn(unbroken()).methods)
	testParts(t, func() partKeeper { return fn(unbroken()).parts })
}
