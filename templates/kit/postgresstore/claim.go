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

// claimBook knows what this process has claimed, and has neither done nor released.
type claimBook struct {
	life time.Duration // claimLife
	turn chan struct{} // held by whoever claims or renews
	keep sync.Once

	mu      sync.Mutex
	ends    map[kit.UUID]time.Time // of the leases
	renewed time.Time              // when each of them was renewed or claimed, or before
	inDoubt bool                   // the server may have kept a claim and not have said so
}

func newClaimBook() *claimBook {
	return &claimBook{life: claimLife, turn: make(chan struct{}, 1), ends: map[kit.UUID]time.Time{}}
}

// hold notes what was claimed.
func (b *claimBook) hold(claimed []sequenced, began time.Time, lease time.Duration) {
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

// standing returns the claims whose leases have not ended, and how many
// microseconds to renew each for.
func (b *claimBook) standing() (ids []kit.UUID, left pq.Int64Array) {
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

// doubt notes that a claim failed: it may have been kept all the same.
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

// settled notes that claims were renewed, and that there is no doubt about others.
func (b *claimBook) settled(renewed time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inDoubt = false
	if !renewed.IsZero() {
		b.renewed = renewed
	}
}

// What renews claims that are still this process's. It waits for none that is just
// being removed.
const renewClaims = `WITH "mine" AS (SELECT "o"."seq", "h"."left"
		FROM unnest($1::uuid[], $2::bigint[]) AS "h" ("id", "left")
		JOIN "outbox" AS "o" ON "o"."id" = "h"."id" WHERE "o"."claimed_by" = $3
		FOR UPDATE OF "o" SKIP LOCKED)
	UPDATE "outbox" AS "o" SET "claimed_until" = clock_timestamp() + "mine"."left" * interval '1 microsecond'
	FROM "mine" WHERE "o"."seq" = "mine"."seq"`

// What gives back the messages of claims whose answer was lost: nobody knows of them.
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
	ids, left := db.claims.standing()
	if _, err := execute(ctx, conn, renewClaims, []any{listOf(ids), left, db.self}); err != nil {
		return nil, err
	}
	if doubtful {
		if _, err := execute(ctx, conn, dropLostClaims, []any{db.self, listOf(ids)}); err != nil {
			return nil, err
		}
	}
	return func() { db.claims.settled(began) }, nil
}

// keepClaims renews claims also while nobody claims more, until the database is
// closed.
func (db *DB) keepClaims() {
	ctx := db.hints.ctx
	for notBefore(ctx, db.claims.life/6) == nil {
		if db.claims.isDue() {
			_, _ = db.claim(ctx, 0, 0) // where it fails, it is due again
		}
	}
}
