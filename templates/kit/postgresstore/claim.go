package postgresstore

import (
	"context"
	"sync"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// claimLife is how long the claims of a process that has died keep others from the
// messages. One that lives renews its own well before, until their lease ends.
const claimLife = 10 * time.Second

// claimBook remembers the claims of this process, and when their leases end.
type claimBook struct {
	life    time.Duration // claimLife
	keep    sync.Once
	turn    chan struct{} // a semaphore of one: held to claim
	inDoubt bool          // guarded by turn: a claim may have been committed although it failed here

	mu   sync.Mutex
	ends map[kit.UUID]time.Time // of the leases
}

// add notes what was claimed.
func (b *claimBook) add(claimed []kit.Message, end time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range claimed {
		b.ends[m.ID] = end
	}
}

func (b *claimBook) forget(ids []kit.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		delete(b.ends, id)
	}
}

// current returns the claims whose leases have not ended, and for how many
// microseconds to renew each.
func (b *claimBook) current() (ids []kit.UUID, left pq.Int64Array) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for id, end := range b.ends {
		if d := time.Until(end); d > 0 {
			ids, left = append(ids, id), append(left, min(d, b.life).Microseconds())
		} else {
			delete(b.ends, id)
		}
	}
	return ids, left
}

// beginClaim begins a claim. Processes claim one after another, so that each sees what
// the others have claimed; the lock is taken before the rows are looked at, by a
// statement of its own. The rows must be read in the order of seq, however wrong
// the statistics of a table are that is now empty and now full. What is turned off and
// used all the same, to sort what was claimed, looks so costly that the server would
// compile the statement first.
const beginClaim = `BEGIN ISOLATION LEVEL READ COMMITTED;
	SET LOCAL plan_cache_mode = force_custom_plan;
	SET LOCAL enable_seqscan = off;
	SET LOCAL enable_hashjoin = off;
	SET LOCAL enable_mergejoin = off;
	SET LOCAL enable_sort = off;
	SET LOCAL jit = off;
	SELECT pg_advisory_xact_lock('"outbox"'::regclass::oid::bigint)`

// claimMessages claims messages that are not claimed, or whose lease has ended, but none
// whose key another process has a claim of: that would come before it or beside it. One
// that is replayed for a group while the original is still on its way has the ID of the
// original, and must wait for it: Done could not tell them apart.
const claimMessages = `WITH "claimed" AS (UPDATE "outbox" SET "claimed_by" = $1,
	"claimed_until" = clock_timestamp() + $2 * interval '1 microsecond'
	WHERE "seq" IN (SELECT "seq" FROM "outbox" AS "o"
		WHERE ("claimed_until" IS NULL OR "claimed_until" <= clock_timestamp())
		AND NOT EXISTS (SELECT FROM "outbox" AS "c" WHERE "c"."key" = "o"."key"
			AND "c"."claimed_until" IS NOT NULL AND "c"."claimed_until" > clock_timestamp() AND "c"."claimed_by" <> $1)
		AND NOT EXISTS (SELECT FROM "outbox" AS "t" WHERE "t"."id" = "o"."id" AND "t"."seq" < "o"."seq")
		ORDER BY "seq" LIMIT $3 FOR UPDATE SKIP LOCKED)
	RETURNING "seq", "id", "topic", "key", "group", "time", "payload")
	SELECT "id", "topic", "key", "group", "time", "payload" FROM "claimed" ORDER BY "seq"`

// Claim claims messages: see kit.Outbox. The claims are kept in the rows. A process
// claims one after another, so that it knows what it has.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	select {
	case db.claims.turn <- struct{}{}:
		defer func() { <-db.claims.turn }()
	case <-ctx.Done():
		return nil, withCode(ctx.Err())
	}
	var claimed []kit.Message
	var began time.Time
	err := db.transact(ctx, beginClaim, func(ctx context.Context) (err error) {
		db.claims.keep.Do(func() { db.background.Go(db.keepClaims) })
		if db.claims.inDoubt {
			ids, _ := db.claims.current()
			if _, err := db.kit.dropLost.Exec(ctx, db.self, listOf(ids)); err != nil {
				return err
			}
		}
		began = time.Now()
		claimed, err = db.claim(ctx, limit, min(lease, db.claims.life))
		return err
	})
	db.claims.inDoubt = err != nil
	if err != nil {
		return nil, err
	}
	db.claims.add(claimed, began.Add(lease))
	return claimed, nil
}

func (db *DB) claim(ctx context.Context, limit int, life time.Duration) (claimed []kit.Message, err error) {
	err = db.kit.claim.Rows(ctx, func(row Scanner) error {
		var m kit.Message
		err := row.Scan(&m.ID, &m.Topic, &m.Key, &m.Group, &m.Time, &m.Payload)
		claimed = append(claimed, m)
		return err
	}, db.self, life.Microseconds(), limit)
	return claimed, err
}

// keepClaims renews claims until the database is closed.
func (db *DB) keepClaims() {
	for sleep(db.closing, db.claims.life/4) == nil {
		ids, left := db.claims.current()
		if len(ids) == 0 {
			continue
		}
		_ = db.transact(db.closing, beginClaim, func(ctx context.Context) error { // it is tried again
			_, err := db.kit.renew.Exec(ctx, listOf(ids), left, db.self)
			return err
		})
	}
}
