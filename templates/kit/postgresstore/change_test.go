package postgresstore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var errRefused = errors.New("refused by the test")

func twoEvents(key string) []kit.Event {
	return []kit.Event{textEvent{key + ":1"}, textEvent{key + ":2"}}
}

// wantTexts claims everything and compares the texts.
func wantTexts(t *testing.T, db *DB, want ...string) {
	t.Helper()
	messages, err := db.Claim(t.Context(), 1000, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range messages {
		e, err := textCodec{}.Decode(m.Topic, m.Payload)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.(textEvent).Text)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("claimed %q, want %q", got, want)
	}
}

func TestChangeKeepsBothOrNeither(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	wantChange := func(ctx context.Context, statement *Statement, key string, n int, want int64, code kit.Code) {
		t.Helper()
		changed, err := statement.Change(ctx, twoEvents(key), n)
		wantCode(t, err, code)
		if changed != want {
			t.Errorf("%s: %d rows were changed, want %d", key, changed, want)
		}
	}
	wantChange(t.Context(), s.insert, "a", 1, 1, "")
	wantChange(t.Context(), s.insert, "again", 1, 0, kit.AlreadyExists)
	wantChange(t.Context(), s.lower, "none", 1, 0, "")
	wantChange(t.Context(), s.insert, "b", 2, 1, "")
	wantTexts(t, db, "a:1", "a:2", "b:1", "b:2")
	wantChange(t.Context(), s.lower, "both", 10, 2, "")
	wantTexts(t, db, "both:1", "both:2") // once, although two rows were changed
	if n, err := s.insert.Change(t.Context(), nil, 3); n != 1 || err != nil {
		t.Errorf("without events %d rows were changed: %v", n, err)
	}
	_, err := s.insert.Change(t.Context(), []kit.Event{unknownEvent{}}, 4)
	wantCode(t, err, kit.Invalid)
	if s.has(t, t.Context(), 4) {
		t.Error("a change was kept without its event")
	}
	wantTexts(t, db)
}

type unknownEvent struct{}

func (unknownEvent) Topic() string { return "unknown" }
func (unknownEvent) Key() string   { return "" }

func TestChangeTakesPartInTransactions(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		_, err := s.insert.Change(ctx, twoEvents("gone"), 1)
		return errors.Join(errRefused, err)
	})
	if !errors.Is(err, errRefused) || kit.CodeOf(err) != kit.Internal {
		t.Errorf("got %v", err)
	}
	err = db.Within(t.Context(), func(ctx context.Context) error {
		if _, err := s.insert.Change(ctx, twoEvents("kept"), 1); err != nil {
			return err
		}
		_, err := s.insert.Change(ctx, twoEvents("refused"), 1)
		wantCode(t, err, kit.AlreadyExists)
		_, err = s.insert.Change(ctx, twoEvents("after"), 2) // the transaction goes on
		return err
	})
	if err != nil || s.size(t) != 2 {
		t.Errorf("%d rows are kept: %v", s.size(t), err)
	}
	wantTexts(t, db, "kept:1", "kept:2", "after:1", "after:2")
}

// TestAFailureEndsTheInnermostWrite has a function pass over an error.
func TestAFailureEndsTheInnermostWrite(t *testing.T) {
	db := openTest(t)
	s := newScratch(t, db)
	passOver := func(ctx context.Context) error {
		_, _ = s.insert.Exec(ctx, 1)
		_, err := s.insert.Exec(ctx, 1)
		wantCode(t, err, kit.AlreadyExists)
		_, err = s.insert.Exec(ctx, 2)
		wantCode(t, err, kit.AlreadyExists) // still the reason
		return nil
	}
	wantCode(t, db.Within(t.Context(), passOver), kit.AlreadyExists)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		wantCode(t, db.Within(ctx, passOver), kit.AlreadyExists)
		return s.put(ctx, 3)
	})
	if err != nil || s.size(t) != 1 || !s.has(t, t.Context(), 3) {
		t.Errorf("%d rows are kept: %v", s.size(t), err)
	}
}

// TestTransactionsAreRunAgain has two deadlock, and two write what they read.
func TestTransactionsAreRunAgain(t *testing.T) {
	db := openTest(t)
	runText(t, db, `CREATE TABLE "pair" ("id" text PRIMARY KEY, "n" bigint NOT NULL)`)
	runText(t, db, `INSERT INTO "pair" VALUES ('a', 0), ('b', 0)`)
	add := db.Statement(`UPDATE "pair" SET "n" = "n" + 1 WHERE "id" = $1`)
	both := func(first, second string) error {
		return db.Within(t.Context(), func(ctx context.Context) error {
			for _, id := range []string{first, second} {
				if _, err := add.Exec(ctx, id); err != nil {
					return err
				}
				time.Sleep(20 * time.Millisecond)
			}
			return nil
		})
	}
	errs := make(chan error)
	for i := range 4 {
		go func() {
			if i%2 == 0 {
				errs <- both("a", "b")
			} else {
				errs <- both("b", "a")
			}
		}()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if _, err := db.Statement(`SELECT 1 FROM "pair" WHERE "n" <> 4`).Row(t.Context(), func(Scanner) error { return errRefused }); err != nil {
		t.Error("a change was lost or made twice")
	}
}

// TestStatementsOfATransactionTakeTurns where several goroutines run them, and where one
// is run while the rows of another are read, that one does not wait for ever.
func TestStatementsOfATransactionTakeTurns(t *testing.T) {
	db := openWith(t, Config{DSN: kit.NewSecret(testserver.Postgres(t)), StatementTimeout: 2 * time.Second}, textCodec{})
	numbers := db.Statement(`SELECT generate_series(1, $1::bigint)`)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		errs := make(chan error)
		for range 8 {
			go func() {
				sum := 0
				err := numbers.Rows(ctx, func(row Scanner) error {
					var n int
					err := row.Scan(&n)
					sum += n
					return err
				}, 1000)
				if err == nil && sum != 500_500 {
					err = fmt.Errorf("the sum is %d", sum)
				}
				errs <- err
			}()
		}
		var all error
		for range 8 {
			all = errors.Join(all, <-errs)
		}
		return all
	})
	if err != nil {
		t.Error(err)
	}
	err = db.Within(t.Context(), func(ctx context.Context) error {
		return numbers.Rows(ctx, func(Scanner) error {
			return numbers.Rows(ctx, func(Scanner) error { return nil }, 1)
		}, 2)
	})
	wantCode(t, err, kit.Unavailable)
}
