// Package childrentest is the conformance suite of lists in entities whose elements have a
// table of their own, their children: whatever is done to a list, it is read as it was
// written, with its entity or not at all.
package childrentest

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// List is a list in an entity.
type List[E any] struct {
	Name string
	// Put gives an entity a list of the elements that the numbers stand for, the same each
	// time: nil for nil.
	Put func(e *E, numbers []int)
}

// Element returns one of the elements of a list, or the zero value if there is none.
func Element[C any](list []C, i int) (element C) {
	if len(list) > 0 {
		element = list[i%len(list)]
	}
	return element
}

// Elements returns a list of what the numbers stand for, nil for nil.
func Elements[L ~[]C, C any](numbers []int, sample func(i int) C) L {
	if numbers == nil {
		return nil
	}
	list := make(L, len(numbers))
	for i, n := range numbers {
		list[i] = sample(n)
	}
	return list
}

// fixture is a store, a kind of entities, and a list that they have.
type fixture[E any] struct {
	storetest.Subject[E]
	storetest.Keeper[E]
	List[E]

	others []List[E]
}

// Run tests the lists of a kind of entities.
func Run[E any](t *testing.T, subject storetest.Subject[E], lists ...List[E]) {
	for i, list := range lists {
		others := slices.Delete(slices.Clone(lists), i, i+1)
		for name, test := range map[string]func(*testing.T, fixture[E]){
			"is inserted and read": inserts[E], "is changed": changes[E], "is changed alone": changesAlone[E],
			"is not changed with an entity that is not": conflicts[E], "is deleted with its entity": deletes[E],
			"is undone with a transaction": undoes[E], "is listed": pages[E], "is read as it was at one time": isWhole[E],
		} {
			t.Run(list.Name+" "+name, func(t *testing.T) {
				f := fixture[E]{subject, subject.Open(t), list, others}
				if f.Insert != nil && f.Get != nil {
					test(t, f)
				}
			})
		}
	}
}

// shapes are lists, each of which comes after the one before it: longer, shorter, in
// another order, with elements that are new, gone, twice, or where others were.
var shapes = [][]int{
	nil, {}, {1}, {1, 2, 3}, {1, 2, 3}, {3, 2, 1}, {2, 1}, {4, 2, 1}, {2, 4, 1}, {1, 5, 4}, {6}, {6, 6}, nil, {7, 8}, {}, {9},
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19}, {19, 0, 1, 2, 3}, nil,
}

// with returns the ith entity with a list.
func (f fixture[E]) with(i int, numbers []int) E {
	e := f.Sample(i)
	f.Put(&e, numbers)
	return e
}

// next returns an entity of the next version, with another list alone.
func (f fixture[E]) next(e E, numbers []int) E {
	version := *f.Version(&e)
	*f.Version(&e) = version + 1
	f.Put(&e, numbers)
	return e
}

// is fails the test unless an entity is kept as it is.
func (f fixture[E]) is(ctx context.Context, t *testing.T, want E) {
	t.Helper()
	got, err := f.Get(ctx, want)
	assert.NoError(t, err)
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got\n%+v\nwant\n%+v", got, want)
	}
}

func inserts[E any](t *testing.T, f fixture[E]) {
	for i, numbers := range shapes {
		assert.NoError(t, f.Insert(t.Context(), f.with(i, numbers)))
	}
	for i, numbers := range shapes {
		f.is(t.Context(), t, f.with(i, numbers))
	}
}

func changes[E any](t *testing.T, f fixture[E]) {
	if f.Update == nil {
		return
	}
	e, other := f.with(0, []int{1, 2}), f.with(1, []int{2, 1})
	assert.NoError(t, errors.Join(f.Insert(t.Context(), e), f.Insert(t.Context(), other)))
	for _, numbers := range shapes {
		f.Change(&e)
		f.Put(&e, numbers)
		assert.NoError(t, f.Update(t.Context(), e, f.Event(e)))
		f.is(t.Context(), t, e)
	}
	f.is(t.Context(), t, other)
}

// changesAlone changes nothing but the list and the version, by chance.
func changesAlone[E any](t *testing.T, f fixture[E]) {
	if f.Update == nil {
		return
	}
	random := rand.New(rand.NewPCG(1, 2))
	e := f.with(0, nil)
	assert.NoError(t, f.Insert(t.Context(), e))
	for range 60 {
		numbers := make([]int, random.IntN(6))
		for i := range numbers {
			numbers[i] = random.IntN(8)
		}
		e = f.next(e, numbers)
		for _, other := range f.others {
			other.Put(&e, numbers[random.IntN(len(numbers)+1):])
		}
		assert.NoError(t, f.Update(t.Context(), e))
		f.is(t.Context(), t, e)
	}
}

func conflicts[E any](t *testing.T, f fixture[E]) {
	e := f.with(0, []int{1, 2, 3})
	assert.NoError(t, f.Insert(t.Context(), e))
	assert.Code(t, f.Insert(t.Context(), f.with(0, []int{4, 5})), kit.AlreadyExists)
	f.is(t.Context(), t, e)
	if f.Update == nil {
		return
	}
	for _, numbers := range [][]int{nil, {3, 2, 1}, {1, 2, 3, 4}} {
		stale := f.next(f.next(e, numbers), numbers)
		assert.Code(t, f.Update(t.Context(), stale), kit.Conflict)
		f.is(t.Context(), t, e)
	}
	assert.Code(t, f.Update(t.Context(), f.next(f.with(1, []int{1}), []int{1})), kit.NotFound)
}

func deletes[E any](t *testing.T, f fixture[E]) {
	if f.Delete == nil {
		return
	}
	other := f.with(1, []int{1, 2, 3})
	assert.NoError(t, f.Insert(t.Context(), other))
	for _, numbers := range [][]int{{1, 2, 3}, {2}, nil} { // each with less than the one before
		e := f.with(0, numbers)
		assert.NoError(t, f.Insert(t.Context(), e))
		f.is(t.Context(), t, e)
		assert.NoError(t, f.Delete(t.Context(), e))
	}
	f.is(t.Context(), t, other)
}

var errRefused = errors.New("refused by the test")

func undoes[E any](t *testing.T, f fixture[E]) {
	if f.Update == nil {
		return
	}
	e := f.with(0, []int{1, 2, 3})
	assert.NoError(t, f.Insert(t.Context(), e))
	for _, refusal := range []error{errRefused, nil} {
		changed := f.next(e, []int{3, 4})
		err := f.Tx.Within(t.Context(), func(ctx context.Context) error {
			inner := f.next(changed, []int{5})
			_ = f.Tx.Within(ctx, func(ctx context.Context) error {
				assert.NoError(t, f.Update(ctx, changed))
				assert.NoError(t, f.Update(ctx, inner))
				f.is(ctx, t, inner)
				return errRefused
			})
			f.is(ctx, t, e)
			assert.NoError(t, f.Update(ctx, changed))
			f.is(ctx, t, changed)
			f.is(t.Context(), t, e)
			return refusal
		})
		if !errors.Is(err, refusal) {
			t.Fatalf("got %v", err)
		}
		if refusal == nil {
			e = changed
		}
		f.is(t.Context(), t, e)
	}
}

func pages[E any](t *testing.T, f fixture[E]) {
	if f.Keeper.List == nil {
		return
	}
	var want []E
	for i, numbers := range shapes {
		want = append(want, f.with(i, numbers))
		assert.NoError(t, f.Insert(t.Context(), want[i]))
	}
	slices.SortFunc(want, func(a, b E) int { return cmp.Compare(f.Key(a), f.Key(b)) })
	for _, limit := range []int{1, 2, 7, len(shapes), len(shapes) + 1} {
		var got []E
		page := kit.Page{Limit: limit}
		for {
			listing, err := f.Keeper.List(t.Context(), page)
			assert.NoError(t, err)
			got = append(got, listing.Items...)
			if page.After = listing.Next; listing.Next.IsZero() {
				break
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("in pages of %d: got\n%+v\nwant\n%+v", limit, got, want)
		}
	}
}

// isWhole reads an entity whose list has as many elements as the entity has versions, while
// it is changed.
func isWhole[E any](t *testing.T, f fixture[E]) {
	if f.Update == nil {
		return
	}
	const changes = 40
	list := func(version int64) []int {
		numbers := make([]int, version%7)
		for i := range numbers {
			numbers[i] = int(version)
		}
		return numbers
	}
	e := f.with(0, list(1))
	assert.NoError(t, f.Insert(t.Context(), e))
	var done atomic.Bool
	assert.Concurrently(2, func(i int) {
		for n := 0; i == 0 && n < changes; n++ {
			e = f.next(e, list(int64(n)+2))
			if err := f.Update(t.Context(), e); err != nil {
				t.Error(err)
			}
		}
		for i == 1 && !done.Load() {
			got, err := f.Get(t.Context(), f.Sample(0))
			if err != nil {
				t.Error(err)
				return
			}
			want := f.with(0, list(*f.Version(&got)))
			*f.Version(&want) = *f.Version(&got)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, want)
			}
		}
		done.Store(true)
	})
}
