package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// hasSamples tests the test: samples that differ by nothing would prove nothing.
func hasSamples[E any](t *testing.T, s entityFixture[E]) {
	wantEqual(t, s.Sample(3), s.Sample(3))
	if s.Key(s.Sample(0)) == s.Key(s.Sample(1)) {
		t.Error("two samples have one key")
	}
	e := s.Sample(0)
	wantVersion(t, s, e, 1)
	s.Change(&e)
	wantVersion(t, s, e, 2)
	if s.Key(e) != s.Key(s.Sample(0)) {
		t.Error("the change gave the sample another key")
	}
}

// wantVersion checks the version of an entity, if it has one.
func wantVersion[E any](t *testing.T, s entityFixture[E], e E, want int64) {
	t.Helper()
	if s.Version == nil {
		return
	}
	if v := *s.Version(&e); v != want {
		t.Errorf("it is of version %d, want %d", v, want)
	}
}

func returnsInserted[E any](t *testing.T, s entityFixture[E]) {
	for i := range 4 {
		inserted(t, s, i)
	}
	for i := range 4 {
		wantKept(t, s, t.Context(), s.Sample(i))
	}
}

func hasNothingElse[E any](t *testing.T, s entityFixture[E]) {
	wantGone(t, s, t.Context(), s.Sample(0))
	inserted(t, s, 0)
	wantGone(t, s, t.Context(), s.Sample(1))
}

func refusesSecond[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	second := e
	s.Change(&second)
	assert.Code(t, s.Insert(t.Context(), second), kit.AlreadyExists)
	wantKept(t, s, t.Context(), e)
}

// keepsConcurrentInserts has many insert at the same time, which a store may do at once.
func keepsConcurrentInserts[E any](t *testing.T, s entityFixture[E]) {
	const n = 64
	assert.Concurrently(n, func(i int) {
		e := s.Sample(i)
		if err := s.Insert(t.Context(), e, s.Event(e)); err != nil {
			t.Error(err)
		}
	})
	for i := range n {
		wantKept(t, s, t.Context(), s.Sample(i))
	}
	messages, err := s.Out.Claim(t.Context(), 2*n, longLease)
	assert.NoError(t, err)
	if len(messages) != n {
		t.Errorf("%d events were kept, want %d", len(messages), n)
	}
}

func returnsUpdated[E any](t *testing.T, s entityFixture[E]) {
	for i := range 2 {
		e := inserted(t, s, i)
		for range 3 {
			s.Change(&e)
			assert.NoError(t, s.Update(t.Context(), e))
			wantKept(t, s, t.Context(), e)
		}
	}
}

func updatesNothingElse[E any](t *testing.T, s entityFixture[E]) {
	e, other := inserted(t, s, 0), inserted(t, s, 2)
	s.Change(&e)
	assert.NoError(t, s.Update(t.Context(), e))
	wantKept(t, s, t.Context(), other)
}

func refusesOtherVersions[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	s.Change(&e)
	assert.NoError(t, s.Update(t.Context(), e))
	for _, version := range []int64{-1, 0, 1, 2, 4, 1 << 40} {
		stale := e
		s.Change(&stale)
		*s.Version(&stale) = version
		assert.Code(t, s.Update(t.Context(), stale), kit.Conflict)
		wantKept(t, s, t.Context(), e)
	}
}

func refusesUpdateOfNothing[E any](t *testing.T, s entityFixture[E]) {
	e := s.Sample(0)
	s.Change(&e)
	assert.Code(t, s.Update(t.Context(), e), kit.NotFound)
	wantGone(t, s, t.Context(), e)
}

// keepsConcurrentUpdates has many change one entity. Each reads it and writes
// it back, and does so again on Conflict: every change must count.
func keepsConcurrentUpdates[E any](t *testing.T, s entityFixture[E]) {
	const goroutines, each = 8, 5
	e := inserted(t, s, 0)
	assert.Concurrently(goroutines, func(int) {
		for range each {
			if err := changeUntilKept(t.Context(), s, e); err != nil {
				t.Error(err)
			}
		}
	})
	got, err := s.Get(t.Context(), e)
	assert.NoError(t, err)
	wantVersion(t, s, got, 1+goroutines*each)
}

// replacesWhatever updates an entity that was changed since it was read.
func replacesWhatever[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	stale := e
	s.Change(&e)
	assert.NoError(t, s.Update(t.Context(), e, s.Event(e)))
	s.Change(&stale)
	s.Change(&stale)
	for range 2 {
		assert.NoError(t, s.Update(t.Context(), stale, s.Event(stale)))
		wantKept(t, s, t.Context(), stale)
	}
	wantEvents(t, s, s.Event(e), s.Event(stale), s.Event(stale))
}

func changeUntilKept[E any](ctx context.Context, s entityFixture[E], like E) error {
	for {
		e, err := s.Get(ctx, like)
		if err != nil {
			return err
		}
		s.Change(&e)
		err = s.Update(ctx, e)
		if kit.CodeOf(err) != kit.Conflict {
			return err
		}
	}
}

func forgetsDeleted[E any](t *testing.T, s entityFixture[E]) {
	e, other := inserted(t, s, 0), inserted(t, s, 1)
	assert.NoError(t, s.Delete(t.Context(), e))
	wantGone(t, s, t.Context(), e)
	wantKept(t, s, t.Context(), other)
	assert.Code(t, s.Delete(t.Context(), e), kit.NotFound)
}

func takesDeletedAgain[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	assert.NoError(t, s.Delete(t.Context(), e))
	inserted(t, s, 0)
	wantKept(t, s, t.Context(), e)
}

func keepsEventsOfInsert[E any](t *testing.T, s entityFixture[E]) {
	e := s.Sample(0)
	assert.NoError(t, s.Insert(t.Context(), e, s.Event(e), s.Event(e)))
	wantEvents(t, s, s.Event(e), s.Event(e))
	assert.Code(t, s.Insert(t.Context(), e, s.Event(e)), kit.AlreadyExists)
	assert.NoError(t, s.Insert(t.Context(), s.Sample(1)))
	wantEvents(t, s)
}

func keepsEventsOfUpdate[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	s.Change(&e)
	assert.NoError(t, s.Update(t.Context(), e, s.Event(e)))
	wantEvents(t, s, s.Event(e))
	if s.Version != nil {
		assert.Code(t, s.Update(t.Context(), e, s.Event(e)), kit.Conflict)
	}
	gone := s.Sample(1)
	s.Change(&gone)
	assert.Code(t, s.Update(t.Context(), gone, s.Event(gone)), kit.NotFound)
	wantEvents(t, s)
}

func keepsEventsOfDelete[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	assert.NoError(t, s.Delete(t.Context(), e, s.Event(e)))
	wantEvents(t, s, s.Event(e))
	assert.Code(t, s.Delete(t.Context(), e, s.Event(e)), kit.NotFound)
	wantEvents(t, s)
}

func keepsNeither[E any](t *testing.T, s entityFixture[E]) {
	e := s.Sample(0)
	assert.Code(t, s.Insert(t.Context(), e, s.Event(e), UnknownEvent{}), kit.Invalid)
	wantGone(t, s, t.Context(), e)
	wantEvents(t, s)
}

func takesPart[E any](t *testing.T, s entityFixture[E]) {
	a, b := s.Sample(0), s.Sample(1)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Insert(ctx, a, s.Event(a)))
		assert.NoError(t, s.Insert(ctx, b, s.Event(b)))
		assert.Code(t, s.Insert(ctx, a, s.Event(a)), kit.AlreadyExists)
		wantKept(t, s, ctx, a)
		wantGone(t, s, t.Context(), a)
		return nil
	}))
	wantKept(t, s, t.Context(), a)
	wantKept(t, s, t.Context(), b)
	wantEvents(t, s, s.Event(a), s.Event(b))
}

func undoneWithTransaction[E any](t *testing.T, s entityFixture[E]) {
	e := s.Sample(0)
	err := s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Insert(ctx, e, s.Event(e)))
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v, want the error of the function", err)
	}
	wantGone(t, s, t.Context(), e)
	wantEvents(t, s)
}

func undoneWithNested[E any](t *testing.T, s entityFixture[E]) {
	outer, inner := s.Sample(0), s.Sample(1)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Insert(ctx, outer, s.Event(outer)))
		_ = s.Tx.Within(ctx, func(ctx context.Context) error {
			assert.NoError(t, s.Insert(ctx, inner, s.Event(inner)))
			return errRefused
		})
		wantGone(t, s, ctx, inner)
		return nil
	}))
	wantKept(t, s, t.Context(), outer)
	wantGone(t, s, t.Context(), inner)
	wantEvents(t, s, s.Event(outer))
}

func changesInTransaction[E any](t *testing.T, s entityFixture[E]) {
	changed, deleted := inserted(t, s, 0), inserted(t, s, 1)
	s.Change(&changed)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		assert.NoError(t, s.Update(ctx, changed))
		assert.NoError(t, s.Delete(ctx, deleted))
		wantKept(t, s, ctx, changed)
		wantGone(t, s, ctx, deleted)
		wantKept(t, s, t.Context(), s.Sample(0))
		wantKept(t, s, t.Context(), deleted)
		return nil
	}))
	wantKept(t, s, t.Context(), changed)
	wantGone(t, s, t.Context(), deleted)
}

// changesSeveralTimes updates an entity that was changed several times since it was read.
func changesSeveralTimes[E any](t *testing.T, s entityFixture[E]) {
	stale := inserted(t, s, 0)
	assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
		e, err := s.Get(ctx, stale)
		for i := range 6 {
			if s.Change(&e); i > 1 { // three changes at first
				assert.NoError(t, s.Update(ctx, e))
				wantKept(t, s, ctx, e)
			}
		}
		return err
	}))
	for range 5 { // versions below and above the one that there is
		s.Change(&stale)
		s.Change(&stale)
		assert.NoError(t, s.Tx.Within(t.Context(), func(ctx context.Context) error {
			assert.Code(t, s.Update(ctx, stale), kit.Conflict)
			assert.Code(t, s.Update(ctx, stale), kit.Conflict) // the refusal is no reading
			return nil
		}))
	}
}

func refusesEndedContext[E any](t *testing.T, s entityFixture[E]) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := s.Sample(0)
	assert.Ended(t, s.Insert(ctx, e, s.Event(e)))
	_, err := s.Get(ctx, e)
	assert.Ended(t, err)
	wantGone(t, s, t.Context(), e)
	wantEvents(t, s)
}
