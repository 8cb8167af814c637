// Package filtertest is the conformance suite of the method Find of a store, which takes a
// filter and a sort: of filters, sorts and pages chosen at random, it must return what a search
// through all entities does.
package filtertest

import (
	"cmp"
	"context"
	"flag"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/internal/kepttest"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

var filters = flag.Int("filters", 200, "how many filters Find is tested with")

// Find is the method of a store of entities of type E, with a filter of type F.
type Find[E, F any] struct {
	// Call calls the method. The sort "" is none.
	Call func(ctx context.Context, k storetest.Keeper[E], filter F, sort string, page kit.Page) (kit.Listing[E], error)
	// Mix has for each field that is asked for, or sorted by, a function that gives an entity
	// the field of another one.
	Mix []func(e *E, of E)
	// Ask has functions each of which sets a field of a filter, to find entities that are
	// like a, or like a or b.
	Ask   []func(filter *F, a, b E)
	Match func(filter F, e E) bool
	Sorts []Sort[E]
}

// Sort is an order.
type Sort[E any] struct {
	Name    string
	Compare func(a, b E) int // before that of ID
	Desc    bool             // the reverse of both
}

// fixture is a store with entities.
type fixture[E, F any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	Find[E, F]

	random *rand.Rand
	kept   []E
}

const (
	entities = 40
	kinds    = 5 // how many different values a field has
)

// Run tests the method.
func Run[E, F any](t *testing.T, subject storetest.Subject[E], find Find[E, F]) {
	s := fixture[E, F]{Subject: subject, Keeper: subject.Open(t), Find: find, random: rand.New(rand.NewPCG(1, 2))}
	s.fill(t)
	t.Run("Find", func(t *testing.T) {
		for range *filters {
			s.answers(t)
		}
	})
	if len(find.Sorts) > 0 {
		t.Run("Find_after_what_is_gone", s.refusesGone)
		t.Run("Find_in_an_unknown_order", func(t *testing.T) {
			_, err := find.Call(t.Context(), s.Keeper, *new(F), "-", kit.Page{Limit: 1})
			assert.Code(t, err, kit.Invalid)
		})
	}
}

// fill inserts entities whose fields are those of a few samples, mixed at random. What one of
// them refers to was inserted before.
func (s *fixture[E, F]) fill(t *testing.T) {
	for i := range entities {
		e := s.Sample(i)
		for _, mix := range s.Mix {
			mix(&e, s.Sample(s.random.IntN(min(i+1, kinds))))
		}
		assert.NoError(t, s.Insert(t.Context(), e))
		s.kept = append(s.kept, e)
	}
}

// answers compares what the method returns, page by page, with what it should.
func (s *fixture[E, F]) answers(t *testing.T) {
	t.Helper()
	filter, sort := s.filter(), s.sort()
	page := kit.Page{Limit: 1 + s.random.IntN(entities+1)}
	want := s.expected(filter, sort)
	for {
		got, err := s.Call(t.Context(), s.Keeper, filter, sort.Name, page)
		assert.NoError(t, err)
		n := min(page.Limit, len(want))
		if len(got.Items)+n > 0 && !reflect.DeepEqual(got.Items, want[:n]) {
			t.Fatalf("of %+v in the order %q after %s got\n%+v\nwant\n%+v", filter, sort.Name, page.After, got.Items, want[:n])
		}
		if want = want[n:]; got.Next.IsZero() != (len(want) == 0) {
			t.Fatalf("of %+v in the order %q there are %d more, and the next page begins after %s", filter, sort.Name, len(want), got.Next)
		}
		if page.After = got.Next; page.After.IsZero() {
			return
		}
	}
}

// filter returns a filter that asks for some of what it can.
func (s *fixture[E, F]) filter() (filter F) {
	one := s.kept[s.random.IntN(len(s.kept))] // so that many filters find something
	for range min(s.random.IntN(4), len(s.Ask)) {
		s.Ask[s.random.IntN(len(s.Ask))](&filter, s.like(one), s.like(one))
	}
	return filter
}

// like returns the one, or another entity, like which there are others or, of the last kind,
// none.
func (s *fixture[E, F]) like(one E) E {
	if s.random.IntN(2) == 0 {
		return one
	}
	return s.Sample(s.random.IntN(kinds + 1))
}

// sort returns one of the orders, or that of ID.
func (s *fixture[E, F]) sort() Sort[E] {
	if i := s.random.IntN(len(s.Sorts) + 1); i > 0 {
		return s.Sorts[i-1]
	}
	return Sort[E]{}
}

// expected returns what the method should find, in its order.
func (s *fixture[E, F]) expected(filter F, sort Sort[E]) []E {
	want := slices.DeleteFunc(slices.Clone(s.kept), func(e E) bool { return !s.Match(filter, e) })
	slices.SortFunc(want, func(a, b E) int {
		if sort.Desc {
			a, b = b, a
		}
		order := 0
		if sort.Compare != nil {
			order = sort.Compare(a, b)
		}
		return cmp.Or(order, cmp.Compare(s.Key(a), s.Key(b)))
	})
	return want
}

// refusesGone tests that a list in an order does not go on after an entity that is gone.
func (s *fixture[E, F]) refusesGone(t *testing.T) {
	for _, sort := range s.Sorts {
		kepttest.NotAfterGone(t, s.Keeper, func(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
			return s.Call(ctx, s.Keeper, *new(F), sort.Name, page)
		})
	}
}
