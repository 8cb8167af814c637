package referencetest_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/referencetest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// order is a small entity, which may refer to another order, and user is one to which it may refer.
type (
	order struct {
		ID      kit.UUID
		Buyer   *string
		Instead *kit.UUID
		Ticket  int
		Version int64
	}
	user struct{ Name string }

	orders = memorystore.Table[order, kit.UUID]
	users  = memorystore.Table[user, string]

	keeper = storetest.Keeper[*order]
	rules  = referencetest.Rules[*order]
)

// stores are those of both.
type stores struct {
	orders *orders
	users  *users
}

// referred are the numbers of users.
var referred referencetest.Numbers

func sample(i int) *order {
	o := &order{ID: storetest.SampleUUID(i), Ticket: i, Version: 1}
	if i%2 == 0 {
		o.Buyer, o.Instead = new(nameOf(i)), &o.ID
	}
	key, _ := buyer(o)
	referred.Note(i, key)
	return o
}

// nameOf returns the name of the ith user.
func nameOf(i int) string { return storetest.SampleText("name", i) }

func buyer(v *order) (kit.Cursor, bool) {
	if v.Buyer == nil {
		return "", false
	}
	return kit.CursorOf(*v.Buyer), true
}

// rule is what holds orders to something.
type rule func(*orders) *orders

// rulesWith returns the rules of orders, in their order. refers is what they refer to.
func rulesWith(refers func(*order) (kit.Cursor, bool)) []rule {
	return []rule{hasTicket, func(o *orders) *orders {
		return o.Refers(memorystore.Reference[order]{Name: "Buyer", Of: "user", To: "users", Key: refers})
	}, isInstead}
}

func hasTicket(o *orders) *orders {
	return o.Unique(func(a, b *order) bool { return a.Ticket == b.Ticket }, "Ticket")
}

func isInstead(o *orders) *orders {
	return o.Refers(memorystore.Reference[order]{Name: "Instead", Of: "order", To: "orders", Key: func(v *order) (kit.Cursor, bool) {
		if v.Instead == nil {
			return "", false
		}
		return kit.CursorOf(*v.Instead), true
	}})
}

// open returns empty stores that hold orders to rules.
func open(rules []rule) keeper {
	db := memorystore.New(storetest.Codec{})
	all := memorystore.NewTable(db, memorystore.Mapping[order, kit.UUID]{
		Entity:  "order",
		Key:     func(v *order) kit.UUID { return v.ID },
		Version: func(v *order) int64 { return v.Version },
		Clone: func(v order) order {
			v.Buyer, v.Instead = memorystore.ClonePointer(v.Buyer, nil), memorystore.ClonePointer(v.Instead, nil)
			return v
		},
	})
	for _, rule := range rules {
		rule(all)
	}
	s := stores{
		all.Named("orders"),
		memorystore.NewTable(db, memorystore.Mapping[user, string]{
			Entity: "user",
			Key:    func(v *user) string { return v.Name },
		}).Named("users"),
	}
	return keeper{
		Store: s, Tx: db, Out: db,
		Delete: func(ctx context.Context, like *order, events ...kit.Event) error {
			return s.orders.Delete(ctx, like.ID, events...)
		},
		Insert: func(ctx context.Context, v *order, events ...kit.Event) error {
			if err := refer(ctx, s, v); err != nil {
				return err
			}
			return s.orders.Insert(ctx, *v, events...)
		},
		Update: func(ctx context.Context, v *order, events ...kit.Event) error {
			if err := refer(ctx, s, v); err != nil {
				return err
			}
			return s.orders.Update(ctx, *v, events...)
		},
		Get: func(ctx context.Context, like *order) (*order, error) {
			v, err := s.orders.Get(ctx, like.ID)
			return &v, err
		},
	}
}

func others(s stores) referencetest.Others {
	return referencetest.Others{
		referencetest.Sample(func(i int) *user { return &user{nameOf(i)} }, s.users.Insert),
	}
}

func refer(ctx context.Context, s stores, v *order) error {
	key, _ := buyer(v)
	return referred.Put(ctx, key, others(s))
}

func subject() storetest.Subject[*order] {
	return storetest.Subject[*order]{
		Open:   func(*testing.T) keeper { return open(rulesWith(buyer)) },
		Sample: sample,
		Key:    func(v *order) kit.Cursor { return kit.CursorOf(v.ID) },
		Fix: func(v **order, like *order) {
			next := **v
			next.Buyer = like.Buyer
			*v = &next
		},
		Version: func(v **order) *int64 {
			next := **v
			*v = &next
			return &next.Version
		},
		Change: func(v **order) {
			next := sample(100 + int((*v).Version))
			next.ID, next.Ticket, next.Version = (*v).ID, (*v).Ticket+1000, (*v).Version+1 // and refers to itself, if to any
			*v = next
		},
		Event: func(v *order) kit.Event { return storetest.Event{About: v.ID.String()} },
	}
}

// whole returns rules that are as they should be.
func whole() rules {
	return rules{
		References: []referencetest.Reference[*order]{{
			Field: "Buyer",
			Set: func(v **order, i int) {
				next := **v
				next.Buyer = new(nameOf(i))
				*v = &next
			},
			Empty: func(v **order) {
				next := **v
				next.Buyer = new("")
				*v = &next
			},
			Clear: func(v **order) {
				next := **v
				next.Buyer = nil
				*v = &next
			},
			Alike: func(v **order, like *order) {
				next := **v
				next.Ticket = like.Ticket
				*v = &next
			},
			Put: func(ctx context.Context, k keeper, i int) error { return others(k.Store.(stores)).Put(ctx, i) },
			Delete: func(ctx context.Context, k keeper, i int) error {
				return k.Store.(stores).users.Delete(ctx, nameOf(i))
			},
		}, {
			Field: "Instead", OwnKind: true,
			Set: func(v **order, i int) {
				next := **v
				next.Instead = new(storetest.SampleUUID(i))
				*v = &next
			},
			Clear: func(v **order) {
				next := **v
				next.Instead = nil
				*v = &next
			},
			Put: func(ctx context.Context, k keeper, i int) error {
				return referencetest.Sample(func(i int) *order { return &order{ID: storetest.SampleUUID(i), Ticket: i, Version: 1} }, k.Store.(stores).orders.Insert)(ctx, i)
			},
			Delete: func(ctx context.Context, k keeper, i int) error {
				return k.Store.(stores).orders.Delete(ctx, storetest.SampleUUID(i))
			},
		}},
		Insert: func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			return k.Store.(stores).orders.Insert(ctx, *v, events...)
		},
		Update: func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			return k.Store.(stores).orders.Update(ctx, *v, events...)
		},
		InsertMany: func(ctx context.Context, k keeper, all []*order) error {
			values := make([]order, len(all))
			for i, v := range all {
				values[i] = *v
			}
			return k.Store.(stores).orders.InsertMany(ctx, values)
		},
		Upsert: func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			return k.Store.(stores).orders.Upsert(ctx, *v, func(v, old *order) { v.Version = old.Version + 1 }, events)
		},
	}
}

func TestOrdersInMemory(t *testing.T) {
	storetest.Entities(t, subject())
	referencetest.Run(t, subject(), whole())
}

// broken is a store and the methods beside it.
type broken struct {
	keeper
	rules
}

// from returns a breakage that opens stores in which orders refer to something else.
func from(subtest string, refers func(*order) (kit.Cursor, bool)) brokentest.Breakage[broken] {
	return brokentest.Breakage[broken]{Subtest: "reference_Buyer_" + subtest, Break: func(b broken) broken {
		b.keeper = open(rulesWith(refers))
		return b
	}}
}

// accepting has a method say of what it refuses that it did it.
func accepting(subtest string, code kit.Code, in func(b *broken, accept func(error) error)) brokentest.Breakage[broken] {
	return brokentest.Breakage[broken]{Subtest: "reference_Buyer_" + subtest, Break: func(b broken) broken {
		in(&b, func(err error) error {
			if kit.CodeOf(err) == code {
				return nil
			}
			return err
		})
		return b
	}}
}

// reversed opens stores that look at the last rule first.
func reversed(subtest string) brokentest.Breakage[broken] {
	return brokentest.Breakage[broken]{Subtest: "reference_Buyer_" + subtest, Break: func(b broken) broken {
		rules := rulesWith(buyer)
		slices.Reverse(rules)
		b.keeper = open(rules)
		return b
	}}
}

// breakages are ways to break a promise, each with the start of the name of the test that
// must fail.
var breakages = map[string]brokentest.Breakage[broken]{
	"keeps what refers to nothing": from("refuses_one_that_refers_to_nothing", func(*order) (kit.Cursor, bool) { return "", false }),
	"takes the empty text for none": from("refuses_one_that_refers_to_the_empty", func(v *order) (kit.Cursor, bool) {
		key, _ := buyer(v)
		return key, !key.IsZero()
	}),
	"looks at references first": {Subtest: "reference_Buyer_tells_first_that_the_key", Break: func(b broken) broken {
		insert := b.rules.Insert
		b.rules.Insert = func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			next := *v
			next.ID = kit.NewUUID()
			if err := insert(ctx, k, &next); err != nil {
				return err
			}
			if err := k.Store.(stores).orders.Delete(ctx, next.ID); err != nil {
				return err
			}
			return insert(ctx, k, v, events...)
		}
		return b
	}},
	"tells of the last reference":                     reversed("tells_of_the_first_of_several_references"),
	"tells of the last reference after a change":      reversed("tells_of_the_first_of_several_references_after"),
	"tells of the last reference in place of another": reversed("tells_of_the_first_of_several_references_in"),
	"tells of references first":                       reversed("tells_first_that_something_else_is_taken"),
	"tells of references first after a change":        reversed("tells_first_that_something_else_is_taken_after"),
	"tells of references first in place of another":   reversed("tells_first_that_something_else_is_taken_in"),
	"tells of the last entity": {Subtest: "reference_Buyer_tells_of_the_first_of_several_entities", Break: func(b broken) broken {
		insertMany := b.InsertMany
		b.InsertMany = func(ctx context.Context, k keeper, all []*order) error {
			slices.Reverse(all)
			return insertMany(ctx, k, all)
		}
		return b
	}},
	"takes none for one": from("takes_one_that_need_not", func(v *order) (kit.Cursor, bool) {
		return kit.CursorOf(storetest.Value(v.Buyer)), true
	}),
	"forgets what is referred to": from("keeps_what_is", func() func(v *order) (kit.Cursor, bool) {
		var mu sync.Mutex
		seen := map[kit.UUID]int{}
		return func(v *order) (kit.Cursor, bool) { // looks once at each, when it is inserted
			mu.Lock()
			defer mu.Unlock()
			if seen[v.ID]++; seen[v.ID] > 1 {
				return "", false
			}
			return buyer(v)
		}
	}()),
	"looks at inserts alone": accepting("refuses_a_change", kit.Invalid, func(b *broken, accept func(error) error) {
		update := b.rules.Update
		b.rules.Update = func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			return accept(update(ctx, k, v, events...))
		}
	}),
	"puts what refers to nothing": accepting("refuses_to_put", kit.Invalid, func(b *broken, accept func(error) error) {
		upsert := b.Upsert
		b.Upsert = func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			return accept(upsert(ctx, k, v, events...))
		}
	}),
	"leaves out what refers to nothing": accepting("refuses_several", kit.Invalid, func(b *broken, accept func(error) error) {
		insertMany := b.InsertMany
		b.InsertMany = func(ctx context.Context, k keeper, all []*order) error {
			return accept(insertMany(ctx, k, all))
		}
	}),
	"deletes while others insert": accepting("keeps_all_that", kit.Conflict, func(b *broken, accept func(error) error) {
		remove := b.References[0].Delete
		b.References[0].Delete = func(ctx context.Context, k keeper, i int) error { return accept(remove(ctx, k, i)) }
	}),
	"refuses one that refers to itself": {Subtest: "reference_Instead_takes_one_that_refers", Break: func(b broken) broken {
		insert := b.rules.Insert
		b.rules.Insert = func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			if v.Instead != nil && *v.Instead == v.ID {
				return kit.Errorf(kit.Invalid, "it is not there yet")
			}
			return insert(ctx, k, v, events...)
		}
		return b
	}},
	"looks at several when all are there": {Subtest: "reference_Instead_takes_several", Break: func(b broken) broken {
		insertMany := b.InsertMany
		b.InsertMany = func(ctx context.Context, k keeper, all []*order) error {
			err := insertMany(ctx, k, all)
			if kit.CodeOf(err) == kit.Invalid {
				slices.Reverse(all)
				err = insertMany(ctx, k, all)
			}
			return err
		}
		return b
	}},
	"deletes one of a circle": {Subtest: "reference_Instead_keeps_those", Break: func(b broken) broken {
		remove := b.Delete
		b.Delete = func(ctx context.Context, like *order, events ...kit.Event) error {
			err := remove(ctx, like, events...)
			if kit.CodeOf(err) == kit.Conflict {
				return nil
			}
			return err
		}
		return b
	}},
	"fails all of a batch": {Subtest: "reference_Buyer_takes_those", Break: func(b broken) broken {
		var mu sync.Mutex
		n, insert := 0, b.rules.Insert
		b.rules.Insert = func(ctx context.Context, k keeper, v *order, events ...kit.Event) error {
			mu.Lock()
			n++
			of := n
			mu.Unlock()
			if of == 2 {
				return kit.Errorf(kit.Invalid, "another one was wrong")
			}
			return insert(ctx, k, v, events...)
		}
		return b
	}},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	fn := brokentest.Chosen(t, breakages)
	b := fn(broken{open(rulesWith(buyer)), whole()})
	s := subject()
	s.Open = func(*testing.T) keeper { return fn(broken{open(rulesWith(buyer)), whole()}).keeper }
	referencetest.Run(t, s, b.rules)
}
