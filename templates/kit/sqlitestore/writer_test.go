package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

var errRefused = errors.New("refused")

// runBatch runs the functions as members of one batch, in order, and returns their
// errors. A change before them holds the turn until all of them wait. It needs a bubble
// of synctest, which also has the clock stand still.
func runBatch(t *testing.T, db *DB, fns ...func(ctx context.Context) error) []error {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once // it is run again if the batch is lost
	var all sync.WaitGroup
	all.Go(func() {
		err := db.Within(t.Context(), func(ctx context.Context) error {
			if err := runIn(ctx, db.partOf(ctx), func() error { return nil }); err != nil {
				return err
			}
			once.Do(func() { close(held) })
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	errs := make([]error, len(fns))
	for i, fn := range fns {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					errs[i] = errors.New(p.(string))
				}
			}()
			errs[i] = db.Within(t.Context(), fn)
		})
		synctest.Wait()
	}
	close(release)
	all.Wait()
	return errs
}

func TestWhatWaitsIsCommittedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScratch(t, openTest(t))
		var batches [3]*batch
		member := func(n int) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := s.insert.Exec(ctx, n)
				batches[n] = s.db.partOf(ctx).Transaction.batch
				return err
			}
		}
		for n, err := range runBatch(t, s.db, member(0), member(1), member(2)) {
			if err != nil || batches[n] != batches[0] {
				t.Errorf("member %d: error %v, in the batch of the first: %v", n, err, batches[n] == batches[0])
			}
		}
		if members := batches[0].members; members != 4 {
			t.Errorf("the batch has %d members, want 4", members)
		}
	})
}

func TestEveryConcurrentWriteIsKept(t *testing.T) {
	s := newScratch(t, openTest(t))
	const writers, each = 32, 25
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				if err := s.put(t.Context(), w*each+i); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if n := s.size(t); n != writers*each {
		t.Errorf("%d rows were kept of %d", n, writers*each)
	}
}

func TestAFailureInABatchUndoesItselfAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScratch(t, openTest(t))
		insert := func(n int, err error) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				if _, err := s.insert.Exec(ctx, n); err != nil {
					return err
				}
				return err
			}
		}
		errs := runBatch(t, s.db,
			insert(1, nil),
			insert(2, errRefused),
			insert(1, nil), // it exists already
			func(ctx context.Context) error {
				_ = insert(3, nil)(ctx)
				panic("dropped it")
			},
			func(ctx context.Context) error {
				_ = insert(4, nil)(ctx)
				return s.db.Within(ctx, insert(5, nil))
			},
		)
		if errs[0] != nil || !errors.Is(errs[1], errRefused) || errs[3] == nil || errs[3].Error() != "dropped it" || errs[4] != nil {
			t.Errorf("the members were answered %v", errs)
		}
		wantCode(t, errs[2], kit.AlreadyExists)
		for n, kept := range map[int]bool{1: true, 2: false, 3: false, 4: true, 5: true} {
			if s.has(t, t.Context(), n) != kept {
				t.Errorf("row %d: kept is %v, want %v", n, !kept, kept)
			}
		}
	})
}

// A statement may make SQLite roll the whole batch back. The others must then
// be kept nevertheless, and nothing of the member that did it.
func TestALostBatchIsRunAgainOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScratch(t, openTest(t))
		if err := s.put(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		put := func(n int) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := s.insert.Exec(ctx, n)
				return err
			}
		}
		errs := runBatch(t, s.db, put(2), func(ctx context.Context) error {
			if err := put(3)(ctx); err != nil {
				return err
			}
			_, _ = s.abort.Exec(ctx, 1) // rolls back, and the error is ignored
			return s.db.Within(ctx, put(4))
		}, put(5))
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("the innocent were answered %v and %v", errs[0], errs[2])
		}
		wantCode(t, errs[1], kit.AlreadyExists)
		for n, kept := range map[int]bool{2: true, 3: false, 4: false, 5: true} {
			if s.has(t, t.Context(), n) != kept {
				t.Errorf("row %d: kept is %v, want %v", n, !kept, kept)
			}
		}
	})
}

func TestAGoroutineThatEndsGivesItsTurnOn(t *testing.T) {
	s := newScratch(t, openTest(t))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.db.Within(t.Context(), func(ctx context.Context) error {
			_, _ = s.insert.Exec(ctx, 1)
			runtime.Goexit()
			return nil
		})
	}()
	<-done
	if err := s.put(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if s.has(t, t.Context(), 1) || !s.has(t, t.Context(), 2) {
		t.Error("want row 2 alone")
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScratch(t, openTest(t))
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		err := s.db.Within(t.Context(), func(inside context.Context) error {
			if err := s.put(inside, 2); err != nil {
				return err
			}
			go func() { left <- s.put(ctx, 1) }()
			synctest.Wait()
			cancel()
			err := <-left
			wantCode(t, err, kit.Unavailable)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, which hides the cause", err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.put(t.Context(), 3); err != nil || s.size(t) != 2 {
			t.Errorf("after it: %v and %d rows", err, s.size(t))
		}
	})
}

// A rule that is checked at the commit breaks the commit of the whole batch.
func TestARuleCheckedAtTheCommitFailsItsMemberAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScratch(t, openTest(t))
		var create, refer *Statement
		mustPrepare(t, s.db, map[**Statement]string{&create: `CREATE TABLE "part"
			("of" INTEGER NOT NULL REFERENCES "scratch" ("n") DEFERRABLE INITIALLY DEFERRED) STRICT`})
		exec := func(s **Statement, args ...any) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := (*s).Exec(ctx, args...)
				return err
			}
		}
		if err := s.db.Within(t.Context(), exec(&create)); err != nil {
			t.Fatal(err)
		}
		mustPrepare(t, s.db, map[**Statement]string{&refer: `INSERT INTO "part" VALUES (?)`})
		if err := s.put(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		errs := runBatch(t, s.db, exec(&s.insert, 5), exec(&refer, 2), exec(&refer, 1))
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("the innocent were answered %v and %v", errs[0], errs[2])
		}
		wantCode(t, errs[1], kit.Conflict)
		wantCode(t, s.db.Within(t.Context(), exec(&refer, 3)), kit.Conflict)
		if !s.has(t, t.Context(), 5) {
			t.Error("the row that was answered with success is not kept")
		}
	})
}

func TestAFullDiskIsUnavailableAndLosesNothing(t *testing.T) {
	s := newScratch(t, openTest(t))
	limit := func(pages int) {
		t.Helper()
		text := fmt.Sprintf("PRAGMA max_page_count = %d", pages)
		if err := s.db.write.run(text); err != nil {
			t.Fatal(err)
		}
	}
	limit(1) // SQLite takes it for as many as there are
	kept := 0
	for ; kept < 100_000; kept++ {
		if err := s.put(t.Context(), kept); err != nil {
			wantCode(t, err, kit.Unavailable)
			break
		}
	}
	if n := s.size(t); n != kept {
		t.Errorf("%d rows are kept, %d were answered with success", n, kept)
	}
	limit(1 << 20)
	if err := s.put(t.Context(), kept); err != nil || s.size(t) != kept+1 {
		t.Errorf("with space again: %v and %d rows", err, s.size(t))
	}
}

// TestATransactionKeepsOthersWaitingForALimitedTime, also where it waits itself for a
// change with another context. It is undone, and others of its batch are not.
func TestATransactionKeepsOthersWaitingForALimitedTime(t *testing.T) {
	s := newScratch(t, openTest(t))
	s.db.timeout = 50 * time.Millisecond
	var other, after error
	err := s.db.Within(t.Context(), func(ctx context.Context) error {
		if err := s.put(ctx, 1); err != nil {
			return err
		}
		s.db.timeout = time.Hour // of the others
		other = s.put(t.Context(), 2)
		after = s.put(ctx, 3)
		return nil
	})
	if other != nil {
		t.Errorf("the change with another context: %v", other)
	}
	wantCode(t, after, kit.Unavailable)
	wantCode(t, err, kit.Unavailable)
	if s.has(t, t.Context(), 1) || !s.has(t, t.Context(), 2) || s.has(t, t.Context(), 3) {
		t.Error("want row 2 alone")
	}
	if n := s.db.Counter().TimedOut.Load(); n != 1 {
		t.Errorf("%d transactions were counted, want 1", n)
	}
}

func TestATransactionThatTimesOutKeepsItsOwnError(t *testing.T) {
	s := newScratch(t, openTest(t))
	s.db.timeout = 50 * time.Millisecond
	err := s.db.Within(t.Context(), func(ctx context.Context) error {
		if err := s.put(ctx, 1); err != nil {
			return err
		}
		for s.db.Counter().TimedOut.Load() == 0 {
			time.Sleep(time.Millisecond)
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("got %v", err)
	}
	if s.has(t, t.Context(), 1) {
		t.Error("it was kept")
	}
}
