// Package storetest is the conformance suite of the stores of entities: what each of them
// promises, as tests that a store passes in every database.
package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Database is what a store of entities is in, as far as its suite uses it.
type Database interface {
	kit.Transactor
	Outbox
}

// Outbox is where the events of changes wait: see kit.Outbox.
type Outbox interface {
	Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error)
}

// longLease is longer than any test takes.
const longLease = time.Hour

// errRefused is what functions return to have their transaction rolled back.
var errRefused = errors.New("refused by the test")

// Keeper is a store of entities, its methods bound to fields. A method that the
// store does not have is nil, and what needs it is not tested.
type Keeper[E any] struct {
	Store  any // itself, for finds to call
	Insert func(ctx context.Context, e E, events ...kit.Event) error
	Get    func(ctx context.Context, like E) (E, error) // by the key of an entity
	Update func(ctx context.Context, e E, events ...kit.Event) error
	Delete func(ctx context.Context, like E, events ...kit.Event) error
	List   func(ctx context.Context, page kit.Page) (kit.Listing[E], error)
	Tx     kit.Transactor
	Out    Outbox
}

// Subject is a kind of entity, and how to make and change one. E may be a pointer to an
// entity: the compiler makes the suite once for all pointers, and not for each type. Then
// what changes an entity changes a copy that it puts in its place.
type Subject[E any] struct {
	// Open returns a fresh, empty store that ends with the test.
	Open func(t *testing.T) Keeper[E]
	// Sample returns the ith entity, the same each time: of version 1, with a key of its own
	// and every field set, or, where i is odd, with the optional fields unset.
	Sample func(i int) E
	Key    func(E) kit.Cursor
	// Fix gives an entity those fields of another that cannot have just any value: a key that
	// is a text, and those of what it refers to. It is nil if there are none.
	Fix     func(e *E, like E)
	Version func(*E) *int64 // nil if there are none
	// Change changes every field but the key, and adds one to the version.
	Change func(*E)
	// Event returns an event that tells of the entity.
	Event  func(E) kit.Event
	Finds  []Find[E]
	Counts []Count[E]
}

// Find is a method that returns those of the entities that are like another.
type Find[E any] struct {
	Name string
	Call func(ctx context.Context, k Keeper[E], like E, page kit.Page) (kit.Listing[E], error)
	// Match reports whether Call should find e.
	Match func(like, e E) bool
	// Align makes e match, so that there is more than one to find.
	Align func(e *E, like E)
}

// Count is a method that counts the entities that are like another, or that
// returns 0 or 1 for whether there are any.
type Count[E any] struct {
	Name   string
	Call   func(ctx context.Context, k Keeper[E], like E) (int64, error)
	Match  func(like, e E) bool
	Align  func(e *E, like E)
	Exists bool // it tells no more than whether there are any
}

// entityFixture is a fresh store, and what to fill it with. It has functions rather than
// methods, which the compiler would make for each type of entity.
type entityFixture[E any] struct {
	Subject[E]
	Keeper[E]
}

// entityTest is one test of the suite, and whether a store has what it needs.
type entityTest[E any] struct {
	name  string
	needs func(Keeper[E]) bool
	run   func(t *testing.T, s entityFixture[E])
}

// Entities tests what a store of entities promises.
func Entities[E any](t *testing.T, subject Subject[E]) {
	tests := []entityTest[E]{
		{"has samples to test with", canInsert[E], hasSamples[E]},
		{"returns what was inserted", canGet[E], returnsInserted[E]},
		{"has no entity that was not inserted", canGet[E], hasNothingElse[E]},
		{"refuses a second one of the key", canGet[E], refusesSecond[E]},
		{"keeps every one of many inserts", canGet[E], keepsConcurrentInserts[E]},
		{"returns what was updated", canUpdate[E], returnsUpdated[E]},
		{"updates nothing else", canUpdate[E], updatesNothingElse[E]},
		{"refuses an update of what is gone", canUpdate[E], refusesUpdateOfNothing[E]},
		{"forgets what was deleted", canDelete[E], forgetsDeleted[E]},
		{"takes a deleted key again", canDelete[E], takesDeletedAgain[E]},
		{"keeps events with an insert", canGet[E], keepsEventsOfInsert[E]},
		{"keeps events with an update", canUpdate[E], keepsEventsOfUpdate[E]},
		{"keeps events with a delete", canDelete[E], keepsEventsOfDelete[E]},
		{"keeps neither where an event is refused", canGet[E], keepsNeither[E]},
		{"takes part in a transaction", canGet[E], takesPart[E]},
		{"is undone with a transaction", canGet[E], undoneWithTransaction[E]},
		{"is undone with a nested transaction", canGet[E], undoneWithNested[E]},
		{"updates and deletes in a transaction", canChange[E], changesInTransaction[E]},
		{"does nothing with an ended context", canGet[E], refusesEndedContext[E]},
		{"keeps the extremes of every field", canGet[E], keepsExtremes[E]},
		{"does not share what it was given", canGet[E], copiesGiven[E]},
		{"does not share what it returns", canGet[E], copiesReturned[E]},
		{"does not share what it lists", canList[E], copiesListed[E]},
		{"lists nothing where nothing is", canList[E], listsNothing[E]},
		{"lists page by page in the order of keys", canList[E], listsPages[E]},
		{"lists what the transaction sees", canList[E], listsInTransaction[E]},
	}
	if subject.Version != nil {
		tests = append(tests,
			entityTest[E]{"refuses an update of another version", canUpdate[E], refusesOtherVersions[E]},
			entityTest[E]{"keeps every one of many updates", canUpdate[E], keepsConcurrentUpdates[E]},
			entityTest[E]{"takes several changes as one in a transaction", canUpdate[E], changesSeveralTimes[E]},
		)
	} else {
		tests = append(tests, entityTest[E]{"replaces whatever is there", canUpdate[E], replacesWhatever[E]})
	}
	for _, find := range subject.Finds {
		tests = append(tests, entityTest[E]{find.Name, canInsert[E], func(t *testing.T, s entityFixture[E]) { findsLike(t, s, find) }})
	}
	for _, count := range subject.Counts {
		tests = append(tests, entityTest[E]{count.Name, canInsert[E], func(t *testing.T, s entityFixture[E]) { countsLike(t, s, count) }})
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if k := subject.Open(t); test.needs(k) {
				test.run(t, entityFixture[E]{subject, k})
			}
		})
	}
}

func canGet[E any](k Keeper[E]) bool    { return k.Insert != nil && k.Get != nil }
func canUpdate[E any](k Keeper[E]) bool { return canGet(k) && k.Update != nil }
func canDelete[E any](k Keeper[E]) bool { return canGet(k) && k.Delete != nil }
func canChange[E any](k Keeper[E]) bool { return canUpdate(k) && canDelete(k) }
func canList[E any](k Keeper[E]) bool   { return k.Insert != nil && k.List != nil }
func canInsert[E any](k Keeper[E]) bool { return k.Insert != nil }

// inserted inserts the ith sample and returns it.
func inserted[E any](t *testing.T, s entityFixture[E], i int) E {
	t.Helper()
	assert.NoError(t, s.Insert(t.Context(), s.Sample(i)))
	return s.Sample(i)
}

// wantKept compares what is kept with what should be.
func wantKept[E any](t *testing.T, s entityFixture[E], ctx context.Context, want E) {
	t.Helper()
	got, err := s.Get(ctx, want)
	assert.NoError(t, err)
	wantEqual(t, got, want)
}

// wantGone checks that there is no such entity.
func wantGone[E any](t *testing.T, s entityFixture[E], ctx context.Context, e E) {
	t.Helper()
	_, err := s.Get(ctx, e)
	assert.Code(t, err, kit.NotFound)
}

// wantEvents claims all events and compares their topics and keys.
func wantEvents[E any](t *testing.T, s entityFixture[E], want ...kit.Event) {
	t.Helper()
	got, err := s.Out.Claim(t.Context(), len(want)+10, longLease)
	assert.NoError(t, err)
	if len(got) != len(want) {
		t.Fatalf("%d events were kept, want %d", len(got), len(want))
	}
	for i, m := range got {
		if m.Topic != want[i].Topic() || m.Key != want[i].Key() || len(m.Payload) == 0 {
			t.Errorf("event %d is %s of %q with %d bytes, want %s of %q",
				i, m.Topic, m.Key, len(m.Payload), want[i].Topic(), want[i].Key())
		}
	}
}
