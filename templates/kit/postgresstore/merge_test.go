package postgresstore

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

func TestPlainInserts(t *testing.T) {
	for text, want := range map[string]bool{
		`INSERT INTO "orders" ("id", "total") VALUES ($1, $2)`:                        true,
		"INSERT INTO orders (id, total)\n\t\tVALUES ($1, 3)\n":                        true,
		`INSERT INTO "orders" VALUES ($1, $2)`:                                        false,
		`INSERT INTO "orders" ("id") VALUES ('$1')`:                                   false,
		`INSERT INTO "orders" ("id") VALUES ($1) ON CONFLICT DO NOTHING`:              false,
		`INSERT INTO "orders" ("id") VALUES (nextval($1))`:                            false,
		`INSERT INTO "orders" ("id") VALUES (1)`:                                      false,
		`INSERT INTO "orders" ("id") SELECT "id" FROM "others" WHERE "id" = $1`:       false,
		`UPDATE "orders" SET "total" = $1 WHERE "id" = $2`:                            false,
		`INSERT INTO "orders" ("id") VALUES ($1), ($2)`:                               false,
		`WITH "x" AS (SELECT 1) INSERT INTO "orders" ("id", "total") VALUES ($1, $2)`: false,
	} {
		if got := newInsertMerger(nil, text) != nil; got != want {
			t.Errorf("%s: can be merged: %v, want %v", text, got, want)
		}
	}
}

func TestShiftRow(t *testing.T) {
	if got, want := shiftRow("($1, $2, 3, $11)", 10), "($11, $12, 3, $21)"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// mergeTest has inserts wait for a table that is locked, so that they are merged.
type mergeTest struct {
	db     *DB
	insert *Statement
}

func newMergeTest(t *testing.T) mergeTest {
	t.Helper()
	db := openTest(t)
	runText(t, db, `CREATE TABLE "merged" ("n" bigint PRIMARY KEY, "word" text NOT NULL)`)
	return mergeTest{db, db.Statement(`INSERT INTO "merged" ("n", "word") VALUES ($1, $2)`)}
}

// meanwhile runs fn while nothing can be inserted.
func (m mergeTest) meanwhile(t *testing.T, fn func()) {
	t.Helper()
	tx, err := m.db.changes.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it only gives the lock back
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE "merged" IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	fn()
}

// awaitQueue returns when so many inserts wait for a lane.
func (m mergeTest) awaitQueue(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		m.insert.merger.mu.Lock()
		waiting := len(m.insert.merger.queue)
		m.insert.merger.mu.Unlock()
		if waiting == n {
			return
		}
		time.Sleep(time.Millisecond) // the interval of looking
	}
	t.Fatalf("there are not %d inserts in the queue", n)
}

// insertAll inserts the numbers at once, while nothing can be inserted, and returns
// the errors.
func (m mergeTest) insertAll(t *testing.T, numbers ...int) []error {
	t.Helper()
	errs := make([]error, len(numbers))
	var all sync.WaitGroup
	m.meanwhile(t, func() {
		for at, n := range numbers {
			all.Go(func() {
				key := strconv.Itoa(n)
				changed, err := m.insert.Change(t.Context(), []kit.Event{textEvent{key}}, n, "word "+key)
				if (err == nil) != (changed == 1) {
					err = errors.Join(err, fmt.Errorf("%d rows were changed", changed))
				}
				errs[at] = err
			})
			if at < mergeLanes {
				m.awaitLanes(t, at+1)
			} else {
				m.awaitQueue(t, at+1-mergeLanes)
			}
		}
	})
	all.Wait()
	return errs
}

// awaitLanes returns when so many lanes are taken.
func (m mergeTest) awaitLanes(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		m.insert.merger.mu.Lock()
		taken := m.insert.merger.taken
		m.insert.merger.mu.Unlock()
		if taken == n {
			return
		}
		time.Sleep(time.Millisecond) // the interval of looking
	}
	t.Fatalf("%d lanes are not taken", n)
}

func (m mergeTest) number(t *testing.T, text string) (n int64) {
	t.Helper()
	if err := m.db.changes.QueryRowContext(context.Background(), text).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i + 1
	}
	return all
}

func TestMergedInserts(t *testing.T) {
	m := newMergeTest(t)
	const n = mergeLanes + mergeRows + 16 + 3
	for at, err := range m.insertAll(t, upTo(n)...) {
		if err != nil {
			t.Errorf("insert %d: %v", at, err)
		}
	}
	if got := m.number(t, `SELECT count(*) FROM "merged" WHERE "word" = 'word ' || "n"`); got != n {
		t.Errorf("%d rows are as they should be, want %d", got, n)
	}
	if got := m.number(t, `SELECT count(DISTINCT "id") FROM "outbox"`); got != n {
		t.Errorf("%d events are kept, want %d", got, n)
	}
	if got := m.number(t, `SELECT count(DISTINCT "xmin"::text) FROM "merged"`); got > mergeLanes+4 {
		t.Errorf("it took %d transactions", got)
	}
	m.awaitLanes(t, 0)
}

// One that cannot be kept fails with its own error, and no other one does.
func TestMergedInsertsFailAlone(t *testing.T) {
	m := newMergeTest(t)
	numbers := append(upTo(20), 7, 13)
	failed := 0
	for at, err := range m.insertAll(t, numbers...) {
		if err != nil {
			failed++
			wantCode(t, err, kit.AlreadyExists)
			if n := numbers[at]; n != 7 && n != 13 {
				t.Errorf("insert %d failed: %v", n, err)
			}
		}
	}
	if failed != 2 {
		t.Errorf("%d inserts failed, want 2", failed)
	}
	if rows, events := m.number(t, `SELECT count(*) FROM "merged"`), m.number(t, `SELECT count(*) FROM "outbox"`); rows != 20 || events != 20 {
		t.Errorf("%d rows and %d events are kept, want 20", rows, events)
	}
}

// What a trigger leaves out has no events, and changed no row.
func TestMergedInsertsWithATrigger(t *testing.T) {
	m := newMergeTest(t)
	runText(t, m.db, `CREATE FUNCTION even() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF NEW."n" % 2 = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$`)
	runText(t, m.db, `CREATE TRIGGER even BEFORE INSERT ON "merged" FOR EACH ROW EXECUTE FUNCTION even()`)
	for at, err := range m.insertAll(t, upTo(20)...) {
		if left := at%2 == 0; left != (err != nil) { // insertAll takes no row for an error
			t.Errorf("insert %d: %v", at+1, err)
		}
	}
	if got := m.number(t, `SELECT count(*) FROM "outbox" WHERE "key"::bigint % 2 = 0`); got != 10 || m.number(t, `SELECT count(*) FROM "outbox"`) != got {
		t.Errorf("%d events are kept of even numbers, want those 10 alone", got)
	}
}

// Whoever gives up in the queue has inserted nothing.
func TestMergedInsertWithdrawn(t *testing.T) {
	m := newMergeTest(t)
	var all sync.WaitGroup
	m.meanwhile(t, func() {
		for n := range mergeLanes {
			all.Go(func() {
				if _, err := m.insert.Change(t.Context(), nil, n, ""); err != nil {
					t.Error(err)
				}
			})
			m.awaitLanes(t, n+1)
		}
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() {
			_, err := m.insert.Change(ctx, nil, 100, "")
			wantCode(t, err, kit.Unavailable)
		})
		m.awaitQueue(t, 1)
		cancel()
		m.awaitQueue(t, 0)
	})
	all.Wait()
	if got := m.number(t, `SELECT count(*) FROM "merged" WHERE "n" = 100`); got != 0 {
		t.Error("it was inserted")
	}
}

func TestMergedInsertsNeedTheirArguments(t *testing.T) {
	m := newMergeTest(t)
	if _, err := m.insert.Change(t.Context(), nil, 1); err == nil {
		t.Error("an argument was missing, and nobody said so")
	}
}

func BenchmarkMergedInsert(b *testing.B) {
	db := openTest(b)
	runText(b, db, `CREATE TABLE "merged" ("n" text PRIMARY KEY)`)
	insert := db.Statement(`INSERT INTO "merged" ("n") VALUES ($1)`)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := kit.NewUUID().String()
			if _, err := insert.Change(b.Context(), []kit.Event{textEvent{key}}, key); err != nil {
				b.Error(err)
			}
		}
	})
}
