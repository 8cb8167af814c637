package constrainttest_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/constrainttest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
	"github.com/outgrowkit/outgrow/templates/kit/memorystore"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// user is a small entity.
type user struct {
	ID      kit.UUID
	Tenant  string
	Email   *string
	Number  int
	Version int64
}

type (
	keeper = storetest.Keeper[*user]
	rules  = constrainttest.Rules[*user]
)

// rule is fields in which no two users may be alike.
type rule struct {
	alike  func(a, b *user) bool
	fields []string
}

func sample(i int) *user {
	u := &user{ID: storetest.SampleUUID(i), Tenant: storetest.SampleText("tenant", i%3), Number: i, Version: 1}
	if i%2 == 0 {
		u.Email = new(storetest.SampleText("email", i))
	}
	return u
}

// ofEmail and ofNumber are the rules of users, in this order.
var (
	ofEmail  = rule{isAlike, []string{"Tenant", "Email"}}
	ofNumber = rule{func(a, b *user) bool { return a.Number == b.Number }, []string{"Number"}}
)

func isAlike(a, b *user) bool {
	return a.Tenant == b.Tenant && a.Email != nil && b.Email != nil && *a.Email == *b.Email
}

// open returns an empty store that holds users to rules.
func open(rules ...rule) keeper {
	db := memorystore.New(storetest.Codec{})
	table := memorystore.NewTable(db, memorystore.Mapping[user, kit.UUID]{
		Entity:  "user",
		Key:     func(v *user) kit.UUID { return v.ID },
		Version: func(v *user) int64 { return v.Version },
		Clone: func(v user) user {
			v.Email = memorystore.ClonePointer(v.Email, nil)
			return v
		},
	})
	for _, r := range rules {
		table.Unique(r.alike, r.fields...)
	}
	return keeper{
		Store: table, Tx: db, Out: db,
		Delete: func(ctx context.Context, like *user, events ...kit.Event) error {
			return table.Delete(ctx, like.ID, events...)
		},
		Insert: func(ctx context.Context, v *user, events ...kit.Event) error { return table.Insert(ctx, *v, events...) },
		Update: func(ctx context.Context, v *user, events ...kit.Event) error { return table.Update(ctx, *v, events...) },
		Get: func(ctx context.Context, like *user) (*user, error) {
			v, err := table.Get(ctx, like.ID)
			return &v, err
		},
	}
}

func tableOf(k keeper) *memorystore.Table[user, kit.UUID] {
	return k.Store.(*memorystore.Table[user, kit.UUID])
}

func change(v **user, fn func(*user)) {
	next := **v
	*v = &next
	fn(&next)
}

func subject() storetest.Subject[*user] {
	return storetest.Subject[*user]{
		Open:   func(*testing.T) keeper { return open(ofEmail, ofNumber) },
		Sample: sample,
		Key:    func(v *user) kit.Cursor { return kit.CursorOf(v.ID) },
		Version: func(v **user) (version *int64) {
			change(v, func(v *user) { version = &v.Version })
			return version
		},
		Change: func(v **user) {
			next := sample(constrainttest.Changed((*v).Version, func(i int) bool { return sample(i).ID == (*v).ID }))
			next.ID, next.Version = (*v).ID, (*v).Version+1
			*v = next
		},
		Event: func(v *user) kit.Event { return storetest.Event{About: v.ID.String()} },
	}
}

// whole returns rules that are as they should be.
func whole() rules {
	return rules{
		Unique: []constrainttest.Unique[*user]{{
			Fields: []string{"Tenant", "Email"},
			Align:  func(v **user, like *user) { change(v, func(v *user) { v.Tenant, v.Email = like.Tenant, like.Email }) },
			Clear:  func(v **user) { change(v, func(v *user) { v.Email = nil }) },
		}, {
			Fields: []string{"Number"},
			Align:  func(v **user, like *user) { change(v, func(v *user) { v.Number = like.Number }) },
		}},
		InsertMany: func(ctx context.Context, k keeper, users []*user, events ...kit.Event) error {
			all := make([]user, len(users))
			for i, v := range users {
				all[i] = *v
			}
			return tableOf(k).InsertMany(ctx, all, events...)
		},
		Upsert: func(ctx context.Context, k keeper, v *user, events ...kit.Event) error {
			return tableOf(k).Upsert(ctx, *v, func(v, old *user) { v.Version = old.Version + 1 }, events)
		},
	}
}

func TestUsersInMemory(t *testing.T) {
	storetest.Entities(t, subject())
	constrainttest.Run(t, subject(), whole())
}

// broken is a store and the methods beside it.
type broken struct {
	keeper
	rules
}

// from returns a breakage that opens a store with other rules.
func from(subtest string, rules ...rule) brokentest.Breakage[broken] {
	return brokentest.Breakage[broken]{Subtest: "unique_Tenant_" + subtest, Break: func(b broken) broken {
		b.keeper = open(rules...)
		return b
	}}
}

// breakages are ways to break a promise, each with the start of the name of the test that
// must fail.
var breakages = map[string]brokentest.Breakage[broken]{
	"keeps what is alike": from("refuses_a_second_one", ofNumber),
	"names one field":     from("refuses_a_second_one", rule{isAlike, []string{"Email"}}, ofNumber),
	"takes nothing for a value": from("takes_several_with_nothing", rule{func(a, b *user) bool {
		return a.Tenant == b.Tenant && storetest.Value(a.Email) == storetest.Value(b.Email)
	}, ofEmail.fields}, ofNumber),
	"tells of the last rule":                     from("tells_of_the_first_of_several_rules", ofNumber, ofEmail),
	"tells of the last rule after a change":      from("tells_of_the_first_of_several_rules_after", ofNumber, ofEmail),
	"tells of the last rule in place of another": from("tells_of_the_first_of_several_rules_in_place", ofNumber, ofEmail),
	"tells of what is alike before the key": {Subtest: "unique_Tenant_tells_first", Break: func(b broken) broken {
		insert := b.Insert
		b.Insert = func(ctx context.Context, v *user, events ...kit.Event) error {
			next := *v
			next.ID = kit.NewUUID()
			if err := insert(ctx, &next); err != nil {
				return err
			}
			if err := b.Delete(ctx, &next); err != nil {
				return err
			}
			return insert(ctx, v, events...)
		}
		return b
	}},
	"tells of the last entity": {Subtest: "unique_Tenant_tells_of_the_first_of_several_entities", Break: func(b broken) broken {
		insertMany := b.InsertMany
		b.InsertMany = func(ctx context.Context, k keeper, users []*user, events ...kit.Event) error {
			slices.Reverse(users)
			return insertMany(ctx, k, users, events...)
		}
		return b
	}},
	"looks at inserts alone": {Subtest: "unique_Tenant_refuses_a_change", Break: func(b broken) broken {
		update := b.Update
		b.Update = func(ctx context.Context, v *user, events ...kit.Event) error {
			err := update(ctx, v, events...)
			if kit.CodeOf(err) == kit.AlreadyExists {
				return nil
			}
			return err
		}
		return b
	}},
	"takes an entity for another": {Subtest: "unique_Tenant_takes_a_change_of_all_else", Break: func(b broken) broken {
		update := b.Update
		b.Update = func(ctx context.Context, v *user, events ...kit.Event) error {
			there, err := b.Get(ctx, v)
			if err == nil && isAlike(there, v) {
				return kit.Errorf(kit.AlreadyExists, "it is like itself")
			}
			return update(ctx, v, events...)
		}
		return b
	}},
	"remembers what was free": {Subtest: "unique_Tenant_takes_again", Break: func(b broken) broken {
		var had sync.Map
		insert := b.Insert
		b.Insert = func(ctx context.Context, v *user, events ...kit.Event) error {
			if _, taken := had.LoadOrStore(v.Tenant+" "+storetest.Value(v.Email), true); taken {
				return kit.Errorf(kit.AlreadyExists, "it was that of another")
			}
			return insert(ctx, v, events...)
		}
		return b
	}},
	"ends the transaction": {Subtest: "unique_Tenant_refuses_a_second_one_in", Break: func(b broken) broken {
		insert, failed := b.Insert, false
		b.Insert = func(ctx context.Context, v *user, events ...kit.Event) error {
			if failed {
				return kit.Errorf(kit.Internal, "the transaction is aborted")
			}
			err := insert(ctx, v, events...)
			failed = err != nil
			return err
		}
		return b
	}},
	"fails all of a batch": {Subtest: "unique_Tenant_takes_one_of_many", Break: func(b broken) broken {
		var mu sync.Mutex
		n, insert := 0, b.Insert
		b.Insert = func(ctx context.Context, v *user, events ...kit.Event) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 9 {
				return kit.Errorf(kit.AlreadyExists, "another one of the batch is there")
			}
			return insert(ctx, v, events...)
		}
		return b
	}},
	"inserts some of many": {Subtest: "unique_Tenant_refuses_several", Break: func(b broken) broken {
		b.InsertMany = func(ctx context.Context, k keeper, users []*user, events ...kit.Event) error {
			for _, v := range users {
				if err := k.Insert(ctx, v, events...); err != nil {
					return err
				}
			}
			return nil
		}
		return b
	}},
	"puts in place what is alike": {Subtest: "unique_Tenant_refuses_to_put", Break: func(b broken) broken {
		b.Upsert = func(context.Context, keeper, *user, ...kit.Event) error { return nil }
		return b
	}},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	fn := brokentest.Chosen(t, breakages)
	b := fn(broken{open(ofEmail, ofNumber), whole()})
	s := subject()
	s.Open = func(*testing.T) keeper { return fn(broken{open(ofEmail, ofNumber), whole()}).keeper }
	constrainttest.Run(t, s, b.rules)
}
