package postgresstore

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// takenLedger checks what several processes claim.
type takenLedger struct {
	mu      sync.Mutex
	seen    map[kit.UUID]bool
	next    map[string]int // by key
	holders map[string]int // which process has claims of the key
	held    map[string]int // how many
	wrong   []string
}

func (l *takenLedger) take(process int, messages []kit.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		e, _ := textCodec{}.Decode(m.Topic, m.Payload)
		if want := fmt.Sprintf("%s:%d", m.Key, l.next[m.Key]); e.(textEvent).Text != want {
			l.wrong = append(l.wrong, fmt.Sprintf("%s came where %s was due", e.(textEvent).Text, want))
		}
		l.next[m.Key]++
		if l.seen[m.ID] {
			l.wrong = append(l.wrong, "claimed twice: "+e.(textEvent).Text)
		}
		l.seen[m.ID] = true
		if l.held[m.Key] > 0 && l.holders[m.Key] != process {
			l.wrong = append(l.wrong, "two processes have claims of "+m.Key)
		}
		l.holders[m.Key] = process
		l.held[m.Key]++
	}
}

func (l *takenLedger) give(messages []kit.Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range messages {
		l.held[m.Key]--
	}
}

func (l *takenLedger) total() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.seen)
}

// TestManyWritersAndClaimers has 16 change rows, each change with an event, while
// three processes claim: nothing is lost, doubled, or out of its row's order.
func TestManyWritersAndClaimers(t *testing.T) {
	const writers, rows, each = 16, 8, 60
	dsn := testserver.Postgres(t)
	db := openWith(t, Config{DSN: kit.NewSecret(dsn), Connections: writers}, textCodec{})
	runText(t, db, `CREATE TABLE "row" ("id" text PRIMARY KEY, "n" bigint NOT NULL)`)
	runText(t, db, fmt.Sprintf(`INSERT INTO "row" SELECT 'row' || g, 0 FROM generate_series(0, %d) AS g`, rows-1))
	l := &takenLedger{seen: map[kit.UUID]bool{}, next: map[string]int{}, holders: map[string]int{}, held: map[string]int{}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { raiseRows(ctx, t, db, w, each, rows) })
	}
	for process := range 3 {
		claimer := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
		all.Go(func() {
			for l.total() < writers*each && ctx.Err() == nil {
				messages, err := claimer.Claim(ctx, 9, time.Hour)
				l.take(process, messages)
				time.Sleep(time.Millisecond)
				l.give(messages)
				var ids []kit.UUID
				for _, m := range messages {
					ids = append(ids, m.ID)
				}
				if err == nil {
					err = claimer.Done(ctx, ids...)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if waiting, _, err := db.Lag(t.Context()); err != nil || waiting != 0 || l.total() != writers*each {
		t.Errorf("%d messages arrived of %d, and %d wait: %v", l.total(), writers*each, waiting, err)
	}
	for i, wrong := range l.wrong {
		if i < 5 {
			t.Error(wrong)
		}
	}
}

// raiseRows raises the number of rows, each from what was read: in one statement,
// or in a transaction.
func raiseRows(ctx context.Context, t *testing.T, db *DB, w, each, rows int) {
	read := db.Statement(`SELECT "n" FROM "row" WHERE "id" = $1`)
	raise := db.Statement(`UPDATE "row" SET "n" = "n" + 1 WHERE "id" = $1 AND "n" = $2`)
	for i := 0; i < each && ctx.Err() == nil; {
		id := fmt.Sprintf("row%d", (w+i)%rows)
		var changed int64
		once := func(ctx context.Context) error {
			var n int64
			_, err := read.Row(ctx, func(row Scanner) error { return row.Scan(&n) }, id)
			if err == nil {
				changed, err = raise.Change(ctx, []kit.Event{textEvent{fmt.Sprintf("%s:%d", id, n)}}, id, n)
			}
			return err
		}
		var err error
		if i%4 == 0 {
			err = db.Within(ctx, once)
		} else {
			err = once(ctx)
		}
		if err != nil && kit.CodeOf(err) != kit.Conflict {
			t.Error(err)
			return
		}
		if err == nil {
			i += int(changed)
		}
	}
}

// TestALateCommitIsClaimed has a message committed after a later one was claimed:
// a cursor would have passed it.
func TestALateCommitIsClaimed(t *testing.T) {
	db := openTest(t)
	err := db.Within(t.Context(), func(ctx context.Context) error {
		if err := db.Emit(ctx, textEvent{"early"}); err != nil {
			return err
		}
		if err := db.Emit(t.Context(), textEvent{"late"}); err != nil {
			return err
		}
		wantTexts(t, db, "late")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantTexts(t, db, "early")
}

// TestADeadProcessLosesItsClaims when its lease ends.
func TestADeadProcessLosesItsClaims(t *testing.T) {
	dsn := testserver.Postgres(t)
	dead := openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	db := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	dead.claims.life = 500 * time.Millisecond
	if err := dead.Emit(t.Context(), textEvent{"a:1"}); err != nil || claims(t, dead) != 1 {
		t.Fatal(err)
	}
	if err := db.Emit(t.Context(), textEvent{"a:2"}, textEvent{"b:1"}); err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	var messages []kit.Message
	for len(messages) == 0 {
		var err error
		if messages, err = db.Claim(t.Context(), 10, time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if len(messages) != 3 || messages[0].Key != "a" {
		t.Errorf("claimed %v", messages)
	}
}

// TestClaimsOfAHugeBacklog take no longer for what waits behind, and Lag does not
// count it all.
func TestClaimsOfAHugeBacklog(t *testing.T) {
	db := openTest(t)
	for range 8 {
		runText(t, db, `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
			SELECT gen_random_uuid(), 'a', 'key' || g % 1000, '', now(), '' FROM generate_series(1, 25000) AS g`)
	}
	for range 3 {
		began := time.Now()
		messages, err := db.Claim(t.Context(), 100, time.Hour)
		if took := time.Since(began); err != nil || len(messages) != 100 || took > time.Second {
			t.Errorf("claimed %d messages in %v: %v", len(messages), took, err)
		}
	}
	began := time.Now()
	waiting, _, err := db.Lag(t.Context())
	if took := time.Since(began); err != nil || waiting != lagLimit || took > time.Second {
		t.Errorf("%d messages wait, counted in %v: %v", waiting, took, err)
	}
}

// TestALongSnapshot keeps every message that was removed: claims read none of them, also
// not those of a process that begins, nor does Lag, whatever the statistics say.
func TestALongSnapshot(t *testing.T) {
	dsn := testserver.Postgres(t)
	db := openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	const fill = `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
		SELECT gen_random_uuid(), 'a', 'key' || g, '', now(), '' FROM generate_series(1, 2000) AS g`
	runText(t, db, `ANALYZE "outbox"`)
	snapshot, err := db.changes.Conn(t.Context())
	if err == nil {
		_, err = snapshot.ExecContext(t.Context(), `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM "outbox"`)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer rollBack(snapshot)
	for range 10 {
		runText(t, db, fill)
		pass(t, db, 2000)
	}
	change(db, func(b *claimBook) { b.renew = time.Time{} })
	if n := claims(t, db); n != 0 { // and the floor is told
		t.Errorf("%d messages are left", n)
	}
	next := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if n := claims(t, next); n != 0 {
		t.Errorf("%d messages are left", n)
	}
	var cursor int64
	change(next, func(b *claimBook) { cursor = b.cursor })
	claim := []any{pq.Int64Array{cursor - 1}, pq.Int64Array{cursor}, cursor, 1000, kit.MaxPageBytes}
	for text, args := range map[string][]any{claimText: claim, lagText: nil} {
		if n := buffersRead(t, next, text, args); n > 50 {
			t.Errorf("%d buffers are read by %s", n, text)
		}
	}
}

// pass claims and removes messages.
func pass(t *testing.T, db *DB, n int) {
	t.Helper()
	for n > 0 {
		messages, err := db.Claim(t.Context(), 500, time.Hour)
		if err == nil {
			err = db.Done(t.Context(), idsOf(messages)...)
		}
		if err != nil || len(messages) == 0 {
			t.Fatalf("%d messages were not claimed: %v", n, err)
		}
		n -= len(messages)
	}
}

func idsOf(messages []kit.Message) (ids []kit.UUID) {
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

// buffersRead returns how many buffers a statement of the relay reads.
func buffersRead(t *testing.T, db *DB, text string, args []any) (n int) {
	t.Helper()
	conn, err := db.relay.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a test's
	err = encoding.Query(t.Context(), conn, "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) "+text, args, func(rows sqlstore.Rows) error {
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			if all := regexp.MustCompile(`Buffers: shared hit=(\d+)`).FindStringSubmatch(line); all != nil && n == 0 {
				n, _ = strconv.Atoi(all[1]) // the first line has the sum
			}
		}
		return nil
	})
	if err != nil || n == 0 {
		t.Fatalf("%d buffers: %v", n, err)
	}
	return n
}
