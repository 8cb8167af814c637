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

// batchTest has inserts wait for a table that is locked, so that they are inserted in batches.
type batchTest struct {
	db     *DB
	insert *insertBatcher
}

func newBatchTest(t *testing.T) batchTest {
	t.Helper()
	db := openTest(t)
	runText(t, db, `CREATE TABLE "batched" ("n" bigint PRIMARY KEY, "word" text NOT NULL)`)
	return batchTest{db, &insertBatcher{
		db:   db,
		one:  `INSERT INTO "batched" ("n", "word") VALUES ($1, $2)`,
		many: `INSERT INTO "batched" ("n", "word") SELECT * FROM unnest($1::bigint[], $2::text[])`,
	}}
}

// meanwhile runs fn while nothing can be inserted.
func (m batchTest) meanwhile(t *testing.T, fn func()) {
	t.Helper()
	tx, err := m.db.changes.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it only gives the lock back
	if _, err := tx.ExecContext(t.Context(), `LOCK TABLE "batched" IN SHARE MODE`); err != nil {
		t.Fatal(err)
	}
	fn()
}

// awaitQueue returns when so many inserts wait.
func (m batchTest) awaitQueue(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		m.insert.mu.Lock()
		waiting := len(m.insert.queue)
		m.insert.mu.Unlock()
		if waiting == n {
			return
		}
		time.Sleep(time.Millisecond) // the interval of looking
	}
	t.Fatalf("there are not %d inserts in the queue", n)
}

// insertAll inserts the numbers at once, while nothing can be inserted, and returns
// the errors.
func (m batchTest) insertAll(t *testing.T, numbers ...int) []error {
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
			if at < batchStatements {
				m.awaitStatements(t, at+1)
			} else {
				m.awaitQueue(t, at+1-batchStatements)
			}
		}
	})
	all.Wait()
	return errs
}

// awaitStatements returns when so many statements run.
func (m batchTest) awaitStatements(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		m.insert.mu.Lock()
		running := m.insert.running
		m.insert.mu.Unlock()
		if running == n {
			return
		}
		time.Sleep(time.Millisecond) // the interval of looking
	}
	t.Fatalf("%d statements do not run", n)
}

func (m batchTest) number(t *testing.T, text string) (n int64) {
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

func TestBatchedInserts(t *testing.T) {
	m := newBatchTest(t)
	const n = batchStatements + batchRows + 19
	for at, err := range m.insertAll(t, upTo(n)...) {
		if err != nil {
			t.Errorf("insert %d: %v", at, err)
		}
	}
	if got := m.number(t, `SELECT count(*) FROM "batched" WHERE "word" = 'word ' || "n"`); got != n {
		t.Errorf("%d rows are as they should be, want %d", got, n)
	}
	if got := m.number(t, `SELECT count(DISTINCT "id") FROM "outbox"`); got != n {
		t.Errorf("%d events are kept, want %d", got, n)
	}
	if got := m.number(t, `SELECT count(DISTINCT "xmin"::text) FROM "batched"`); got > batchStatements+4 {
		t.Errorf("it took %d transactions", got)
	}
	m.awaitStatements(t, 0)
}

// One that cannot be kept fails with its own error, and no other one does.
func TestBatchedInsertsFailAlone(t *testing.T) {
	m := newBatchTest(t)
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
	if rows, events := m.number(t, `SELECT count(*) FROM "batched"`), m.number(t, `SELECT count(*) FROM "outbox"`); rows != 20 || events != 20 {
		t.Errorf("%d rows and %d events are kept, want 20", rows, events)
	}
}

// What a trigger leaves out has no events, and changed no row.
func TestBatchedInsertsWithATrigger(t *testing.T) {
	m := newBatchTest(t)
	runText(t, m.db, `CREATE FUNCTION even() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF NEW."n" % 2 = 1 THEN RETURN NULL; END IF; RETURN NEW; END $$`)
	runText(t, m.db, `CREATE TRIGGER even BEFORE INSERT ON "batched" FOR EACH ROW EXECUTE FUNCTION even()`)
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
func TestBatchedInsertWithdrawn(t *testing.T) {
	m := newBatchTest(t)
	var all sync.WaitGroup
	m.meanwhile(t, func() {
		for n := range batchStatements {
			all.Go(func() {
				if _, err := m.insert.Change(t.Context(), nil, n, ""); err != nil {
					t.Error(err)
				}
			})
			m.awaitStatements(t, n+1)
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
	if got := m.number(t, `SELECT count(*) FROM "batched" WHERE "n" = 100`); got != 0 {
		t.Error("it was inserted")
	}
}

func BenchmarkBatchedInsert(b *testing.B) {
	db := openTest(b)
	runText(b, db, `CREATE TABLE "batched" ("n" text PRIMARY KEY)`)
	insert := &insertBatcher{
		db:   db,
		one:  `INSERT INTO "batched" ("n") VALUES ($1)`,
		many: `INSERT INTO "batched" ("n") SELECT * FROM unnest($1::text[])`,
	}
	b.SetParallelism(32)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key := kit.NewUUID().String()
			if _, err := insert.Change(b.Context(), []kit.Event{textEvent{key}}, key); err != nil {
				b.Error(err)
			}
		}
	})
}
