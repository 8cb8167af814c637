// Package querytest is the conformance suite of the methods of stores that are derived from
// their names, beyond those that storetest tests: each must return what a search through
// all entities does, of entities and arguments chosen at random, or a number that no entity has had.
package querytest

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// Methods are those of a store that are tested. One that the store does not have is nil.
type Methods[E any] struct {
	Queries []Query[E]
	// Mix has for each field by which queries find or sort a function that gives an entity
	// the field of another one.
	Mix []func(e *E, of E)
	// Refers reports whether an entity refers to another, which is then not removed without it;
	// nil if there are no such references.
	Refers func(e, to E) bool

	GetMany    func(ctx context.Context, k storetest.Keeper[E], like []E) ([]E, error)
	InsertMany func(ctx context.Context, k storetest.Keeper[E], entities []E, events ...kit.Event) error
	Upsert     func(ctx context.Context, k storetest.Keeper[E], e E, events ...kit.Event) error
	Untold     []string // the methods of changes that take no events: "Upsert"

	Numbers []Number[E]
}

// Query is a method that compares fields with arguments, or sorts. One of Find, All, First, Count,
// Counts and Remove calls it; the arguments are fields of the entities like, of which it takes some.
type Query[E any] struct {
	Name    string
	Takes   int
	Match   func(like []E, e E) bool
	Compare func(a, b E) int // the order, before that of ID; nil if there is none
	Desc    bool             // the reverse of both
	Number  func(E) int64    // what Count adds for each; nil is one
	Exists  bool             // Count tells no more than whether there are any
	Per     func(E) any      // by which value Counts has numbers
	// Set gives an entity another number; nil if it cannot have every one.
	Set func(e *E, number int64)

	Find   func(ctx context.Context, k storetest.Keeper[E], like []E, page kit.Page) (kit.Listing[E], error)
	All    func(ctx context.Context, k storetest.Keeper[E], like []E) iter.Seq2[E, error]
	First  func(ctx context.Context, k storetest.Keeper[E], like []E) (E, error)
	Count  func(ctx context.Context, k storetest.Keeper[E], like []E) (int64, error)
	Counts func(ctx context.Context, k storetest.Keeper[E], like []E) (map[any]int64, error)
	Remove func(ctx context.Context, k storetest.Keeper[E], like []E, events ...kit.Event) (int64, error)
}

// fixture is a store with entities.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	Methods[E]

	random *rand.Rand
	kept   []E // in the order of ID
}

const (
	entities  = 30
	arguments = 12 // how often a query is called, each time with others
	kinds     = 7  // how many different values a field has
)

// Run tests the methods of a store.
func Run[E any](t *testing.T, subject storetest.Subject[E], m Methods[E]) {
	open := func(t *testing.T) fixture[E] {
		return fixture[E]{Subject: subject, Keeper: subject.Open(t), Methods: m, random: rand.New(rand.NewPCG(1, 2))}
	}
	s := filled(t, open(t)) // for all that changes nothing, or is undone
	for _, q := range m.Queries {
		t.Run(q.Name, func(t *testing.T) { answers(t, s, q) })
		if q.Find != nil && q.Compare != nil && s.Delete != nil {
			t.Run(q.Name+" after what is gone", func(t *testing.T) { refusesGone(t, s, q) })
		}
		if q.Set != nil {
			t.Run(q.Name+" of large numbers", func(t *testing.T) { addsUp(t, open(t), q) })
		}
		if q.Remove != nil {
			t.Run(q.Name+" and its events", func(t *testing.T) { tells(t, filled(t, open(t)), q) })
		}
		if q.Remove != nil && m.Refers != nil {
			t.Run(q.Name+" of those that refer to one another", func(t *testing.T) { removesTogether(t, open(t), q) })
		}
	}
	if m.GetMany != nil {
		t.Run("GetMany", func(t *testing.T) { getsMany(t, s) })
	}
	if m.InsertMany != nil {
		t.Run("InsertMany", func(t *testing.T) { insertsMany(t, open(t)) })
	}
	if m.Upsert != nil {
		t.Run("Upsert", func(t *testing.T) { upserts(t, open(t)) })
	}
	for _, n := range m.Numbers {
		numbers(t, open, n)
	}
}

// filled inserts entities whose fields are those of a few samples, mixed at random. What one of
// them refers to was inserted before.
func filled[E any](t *testing.T, s fixture[E]) fixture[E] {
	t.Helper()
	for i := range entities {
		e := s.Sample(i)
		for _, mix := range s.Mix {
			mix(&e, s.Sample(s.random.IntN(min(i+1, kinds))))
		}
		assert.NoError(t, s.Insert(t.Context(), e))
		s.kept = append(s.kept, e)
	}
	slices.SortFunc(s.kept, byKey(s))
	return s
}

func byKey[E any](s fixture[E]) func(a, b E) int {
	return func(a, b E) int { return cmp.Compare(s.Key(a), s.Key(b)) }
}

// expected returns what a query should find, in its order.
func expected[E any](s fixture[E], q Query[E], like []E) []E {
	want := slices.DeleteFunc(slices.Clone(s.kept), func(e E) bool { return !q.Match(like, e) })
	slices.SortStableFunc(want, func(a, b E) int {
		if q.Desc {
			a, b = b, a
		}
		order := 0
		if q.Compare != nil {
			order = q.Compare(a, b)
		}
		return cmp.Or(order, byKey(s)(a, b))
	})
	return want
}

// chosen returns what the arguments of a query are fields of: one entity that is kept, so
// that many conditions are fulfilled together, or a sample for each argument.
func chosen[E any](s fixture[E], q Query[E]) []E {
	one := s.kept[s.random.IntN(len(s.kept))]
	alike := s.random.IntN(2) == 0
	like := make([]E, q.Takes)
	for i := range like {
		if like[i] = one; !alike {
			like[i] = s.Sample(s.random.IntN(kinds + 1)) // nothing is like the last one
		}
	}
	return like
}

// answers tests what a query returns.
func answers[E any](t *testing.T, s fixture[E], q Query[E]) {
	for range arguments {
		like := chosen(s, q)
		want := expected(s, q, like)
		switch {
		case q.Find != nil:
			wantPages(t, want, func(ctx context.Context, page kit.Page) (kit.Listing[E], error) {
				return q.Find(ctx, s.Keeper, like, page)
			})
		case q.All != nil:
			wantAll(t, want, func(ctx context.Context) iter.Seq2[E, error] { return q.All(ctx, s.Keeper, like) })
		case q.First != nil:
			got, err := q.First(t.Context(), s.Keeper, like)
			wantFirst(t, want, got, err)
		case q.Count != nil:
			got, err := q.Count(t.Context(), s.Keeper, like)
			assert.NoError(t, err)
			if number := numberOf(q, want); got != number {
				t.Errorf("got %d, want %d", got, number)
			}
		case q.Counts != nil:
			got, err := q.Counts(t.Context(), s.Keeper, like)
			assert.NoError(t, err)
			if numbers := numbersOf(q, want); !maps.Equal(got, numbers) {
				t.Errorf("got %v, want %v", got, numbers)
			}
		default:
			removes(t, s, q, like, want)
		}
	}
	returnsNothing(t, s, q)
}

// returnsNothing tests that a query returns nothing beside an error.
func returnsNothing[E any](t *testing.T, s fixture[E], q Query[E]) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got any
	var err error
	switch like := chosen(s, q); {
	case q.Find != nil:
		got, err = q.Find(ctx, s.Keeper, like, kit.Page{Limit: 7})
	case q.Counts != nil:
		got, err = q.Counts(ctx, s.Keeper, like)
	case q.Count != nil:
		got, err = q.Count(ctx, s.Keeper, like)
	}
	if err != nil && !reflect.ValueOf(got).IsZero() {
		t.Errorf("beside the error %v it returns %v", err, got)
	}
}

// Beginning returns a text without its last character or, of every other text, the whole. Of one
// with the last of all characters it returns what is before that.
func Beginning[S ~string](text S) S {
	if at := strings.IndexRune(string(text), utf8.MaxRune); at >= 0 {
		return text[:at]
	}
	if n := len(text); n > 0 && text[n-1]%2 == 0 {
		return text[:n-1]
	}
	return text
}

func wantPages[E any](t *testing.T, want []E, find func(context.Context, kit.Page) (kit.Listing[E], error)) {
	t.Helper()
	for _, limit := range []int{2, 7, entities} {
		got := slices.Concat(assert.Pages(t, limit, find)...)
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("in pages of %d got\n%+v\nwant\n%+v", limit, got, want)
		}
	}
}

func wantFirst[E any](t *testing.T, want []E, got E, err error) {
	t.Helper()
	if len(want) == 0 {
		assert.Code(t, err, kit.NotFound)
		return
	}
	assert.NoError(t, err)
	if !reflect.DeepEqual(got, want[0]) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want[0])
	}
}

func numberOf[E any](q Query[E], found []E) (number int64) {
	for _, e := range found {
		if q.Number != nil {
			number += q.Number(e)
		} else {
			number++
		}
	}
	if q.Exists {
		number = min(number, 1)
	}
	return number
}

// numbersOf returns the number of what was found by the value of each.
func numbersOf[E any](q Query[E], found []E) map[any]int64 {
	numbers := map[any]int64{}
	for _, e := range found {
		numbers[q.Per(e)] += numberOf(q, []E{e})
	}
	return numbers
}

// Numbers returns numbers by values of any type; nil if they are.
func Numbers[K comparable](numbers map[K]int64, err error) (map[any]int64, error) {
	if numbers == nil {
		return nil, err
	}
	all := map[any]int64{}
	for k, n := range numbers {
		all[k] = n
	}
	return all, err
}
