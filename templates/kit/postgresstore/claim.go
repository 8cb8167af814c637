package postgresstore

import (
	"context"
	"database/sql"
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
	life time.Duration // claimLife
	turn chan struct{} // a semaphore of one: held to claim or to renew
	keep sync.Once

	mu      sync.Mutex
	ends    map[kit.UUID]time.Time // of the leases
	renewed time.Time              // when each of them was renewed or claimed, or before
	inDoubt bool                   // a claim may have been committed although it failed here
}

func newClaimBook() *claimBook {
	return &claimBook{life: claimLife, turn: make(chan struct{}, 1), ends: map[kit.UUID]time.Time{}}
}

// add notes what was claimed.
func (b *claimBook) add(claimed []sequenced, began time.Time, lease time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.ends) == 0 {
		b.renewed = began
	}
	for _, c := range claimed {
		b.ends[c.ID] = began.Add(lease)
	}
}

func (b *claimBook) forget(ids []kit.UUID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		delete(b.ends, id)
	}
}

// isDue reports whether claims are to be renewed.
func (b *claimBook) isDue() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.ends) > 0 && time.Since(b.renewed) > b.life/3
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

// doubt notes that a claim failed: it may have been committed all the same.
func (b *claimBook) doubt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inDoubt = true
}

func (b *claimBook) doubtful() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.inDoubt
}

// settled notes that claims were renewed, and those in doubt given back.
func (b *claimBook) settled(renewed time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inDoubt = false
	if !renewed.IsZero() {
		b.renewed = renewed
	}
}

// renewClaims renews claims that are still this process's. It does not wait for messages
// that are being removed.
const renewClaims = `WITH "mine" AS (SELECT "o"."seq", "h"."left"
		FROM unnest($1::uuid[], $2::bigint[]) AS "h" ("id", "left")
		JOIN "outbox" AS "o" ON "o"."id" = "h"."id" WHERE "o"."claimed_by" = $3
		FOR UPDATE OF "o" SKIP LOCKED)
	UPDATE "outbox" AS "o" SET "claimed_until" = clock_timestamp() + "mine"."left" * interval '1 microsecond'
	FROM "mine" WHERE "o"."seq" = "mine"."seq"`

// dropLostClaims gives back the messages of claims whose answer was lost.
const dropLostClaims = `UPDATE "outbox" SET "claimed_by" = NULL, "claimed_until" = NULL
	WHERE "claimed_until" IS NOT NULL AND "claimed_by" = $1 AND "id" <> ALL ($2::uuid[])`

// tidyClaims does what is due for earlier claims, before others are made in the
// same transaction. What it returns must be called when that is committed.
func (db *DB) tidyClaims(ctx context.Context, conn *sql.Conn) (committed func(), err error) {
	due, doubtful := db.claims.isDue(), db.claims.doubtful()
	if !due && !doubtful {
		return func() {}, nil
	}
	began := time.Now()
	ids, left := db.claims.current()
	if _, err := encoding.Exec(ctx, conn, renewClaims, []any{listOf(ids), left, db.self}); err != nil {
		return nil, err
	}
	if doubtful {
		if _, err := encoding.Exec(ctx, conn, dropLostClaims, []any{db.self, listOf(ids)}); err != nil {
			return nil, err
		}
	}
	return func() { db.claims.settled(began) }, nil
}

// keepClaims renews claims also while no more are made, until the database is
// closed.
func (db *DB) keepClaims(ctx context.Context) {
	for sleep(ctx, db.claims.life/6) == nil {
		if db.claims.isDue() {
			_, _ = db.claim(ctx, 0, 0) // where it fails, it is due again
		}
	}
}
