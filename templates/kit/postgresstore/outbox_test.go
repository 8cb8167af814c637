package postgresstore

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

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

// TestADeadProcessLosesItsClaims when their lease ends. Until then its keys wait.
func TestADeadProcessLosesItsClaims(t *testing.T) {
	dsn := testserver.Postgres(t)
	dead := openWith(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	db := openOnly(t, Config{DSN: kit.NewSecret(dsn)}, textCodec{})
	if err := dead.Emit(t.Context(), textEvent{"a:1"}); err != nil {
		t.Fatal(err)
	}
	claimed, err := dead.Claim(t.Context(), 10, 500*time.Millisecond)
	if err != nil || len(claimed) != 1 {
		t.Fatalf("claimed %d messages: %v", len(claimed), err)
	}
	if err := db.Emit(t.Context(), textEvent{"a:2"}, textEvent{"b:1"}); err != nil {
		t.Fatal(err)
	}
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	wantTexts(t, db, "b:1")
	time.Sleep(600 * time.Millisecond)
	wantTexts(t, db, "a:1", "a:2")
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

// TestClaimsReadNoMoreThanTheyTake whatever the statistics say: these are of a
// table that was small, and is not any more.
func TestClaimsReadNoMoreThanTheyTake(t *testing.T) {
	db := openTest(t)
	const fill = `INSERT INTO "outbox" ("id", "topic", "key", "group", "time", "payload")
		SELECT gen_random_uuid(), 'a', 'key' || g, '', now(), '' FROM generate_series(1, %d) AS g`
	runText(t, db, fmt.Sprintf(fill, 1000))
	runText(t, db, `ANALYZE "outbox"`)
	runText(t, db, fmt.Sprintf(fill, 30_000))
	conn, err := db.changes.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // a test's
	if _, err := conn.ExecContext(t.Context(), beginClaim); err != nil {
		t.Fatal(err)
	}
	defer rollBack(conn)
	text := strings.NewReplacer("$1", "'"+db.self.String()+"'", "$2", "1", "$3", "1000").Replace(claimMessages)
	var plan []string
	err = encoding.Query(t.Context(), conn, "EXPLAIN "+text, nil, func(rows sqlstore.Rows) error {
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return err
			}
			plan = append(plan, line)
		}
		return nil
	})
	if all := strings.Join(plan, "\n"); err != nil || all == "" || strings.Contains(all, "Seq Scan on outbox") {
		t.Errorf("%v, the plan is\n%s", err, all)
	}
}
