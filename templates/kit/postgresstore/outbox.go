package postgresstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"time"

	"github.com/lib/pq"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/sqlstore"
)

// Emit keeps the events in the outbox: see kit.Emitter.
func (db *DB) Emit(ctx context.Context, events ...kit.Event) error {
	if len(events) == 0 {
		return nil
	}
	columns, err := db.columnsOf(events)
	if err != nil {
		return err
	}
	if _, err := db.kit.emit.Apply(ctx, columns.after(nil)...); err != nil {
		return err
	}
	db.emitted(ctx)
	return nil
}

// emitted wakes those that claim, once what was emitted is committed.
func (db *DB) emitted(ctx context.Context) {
	if t := db.transactionOf(ctx); t != nil {
		t.emitted.Store(true)
	} else {
		db.rouse()
	}
}

// rouse wakes a goroutine that waits on Wake.
func (db *DB) rouse() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

// Wake returns a channel that receives after messages were committed by this
// process: see kit.Outbox. Those of others are found by polling.
func (db *DB) Wake() <-chan struct{} { return db.wake }

// beginClaim begins a claim. Processes claim one after another, so that each sees what
// the others have claimed; the lock is taken before the rows are looked at, by a
// statement of its own. The rows must be read in the order of seq, however wrong
// the statistics of a table are that is now empty and now full.
const beginClaim = `BEGIN ISOLATION LEVEL READ COMMITTED;
	SET LOCAL plan_cache_mode = force_custom_plan;
	SET LOCAL enable_seqscan = off;
	SET LOCAL enable_hashjoin = off;
	SET LOCAL enable_mergejoin = off;
	SET LOCAL enable_sort = off;
	SELECT pg_advisory_xact_lock('"outbox"'::regclass::oid::bigint)`

// claimMessages claims messages that are not claimed, or whose lease has ended, but none
// whose key another process has a claim of: that would come before it or beside it. One that is replayed for a group while the original is still on its
// way has the ID of the original, and must wait for it: Done could not tell them
// apart.
const claimMessages = `UPDATE "outbox" SET "claimed_by" = $1,
	"claimed_until" = clock_timestamp() + $2 * interval '1 microsecond'
	WHERE "seq" IN (SELECT "seq" FROM "outbox" AS "o"
		WHERE ("claimed_until" IS NULL OR "claimed_until" <= clock_timestamp())
		AND NOT EXISTS (SELECT FROM "outbox" AS "c" WHERE "c"."key" = "o"."key"
			AND "c"."claimed_until" IS NOT NULL AND "c"."claimed_until" > clock_timestamp() AND "c"."claimed_by" <> $1)
		AND NOT EXISTS (SELECT FROM "outbox" AS "t" WHERE "t"."id" = "o"."id" AND "t"."seq" < "o"."seq")
		ORDER BY "seq" LIMIT $3 FOR UPDATE SKIP LOCKED)
	RETURNING "seq", "id", "topic", "key", "group", "time", "payload"`

// Claim claims messages: see kit.Outbox. The claims are kept in the rows.
func (db *DB) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	claimed, err := db.claim(ctx, limit, lease)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b sequenced) int { return cmp.Compare(a.seq, b.seq) })
	messages := make([]kit.Message, len(claimed))
	for i, c := range claimed {
		messages[i] = c.Message
	}
	return messages, nil
}

// claim claims messages, and renews the claims of others if that is due. A process
// claims one after another, so that it knows what it has.
func (db *DB) claim(ctx context.Context, limit int, lease time.Duration) (claimed []sequenced, err error) {
	select {
	case db.claims.turn <- struct{}{}:
		defer func() { <-db.claims.turn }()
	case <-ctx.Done():
		return nil, withCode(ctx.Err())
	}
	err = db.with(ctx, db.changes, func(conn *sql.Conn) (err error) {
		db.claims.keep.Do(func() { db.background.Go(func() { db.keepClaims(db.closing) }) })
		claimed, err = db.claimOn(ctx, conn, limit, lease)
		return err
	})
	return claimed, err
}

// sequenced is a message with its seq.
type sequenced struct {
	seq int64
	kit.Message
}

func (db *DB) claimOn(ctx context.Context, conn *sql.Conn, limit int, lease time.Duration) (claimed []sequenced, err error) {
	committed := false
	defer func() {
		if !committed {
			db.claims.doubt()
			rollBack(conn)
		}
	}()
	if _, err = conn.ExecContext(ctx, beginClaim); err != nil {
		return nil, err
	}
	tidied, err := db.tidyClaims(ctx, conn)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if limit > 0 {
		claimed, err = db.readClaimed(ctx, conn, limit, lease)
	}
	if err == nil {
		_, err = conn.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		return nil, err
	}
	committed = true
	tidied()
	db.claims.add(claimed, began, lease)
	return claimed, nil
}

func (db *DB) readClaimed(ctx context.Context, conn *sql.Conn, limit int, lease time.Duration) (claimed []sequenced, err error) {
	args := []any{db.self, min(lease, db.claims.life).Microseconds(), limit}
	err = encoding.Query(toTheEnd{ctx}, conn, claimMessages, args, func(rows sqlstore.Rows) error {
		for rows.Next() {
			var c sequenced
			if err := rows.Scan(&c.seq, &c.ID, &c.Topic, &c.Key, &c.Group, &c.Time, &c.Payload); err != nil {
				return err
			}
			claimed = append(claimed, c)
		}
		return nil
	})
	return claimed, err
}

// rollBack rolls back, or closes the connection, which does the same.
func rollBack(conn *sql.Conn) {
	if _, err := conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // has package sql close it
	}
}

// Done removes messages that were claimed: see kit.Outbox.
func (db *DB) Done(ctx context.Context, ids ...kit.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := db.kit.done.Apply(ctx, listOf(ids), db.self)
	if err == nil {
		db.claims.forget(ids)
	}
	return err
}

// Release gives claimed messages back: see kit.Outbox.
func (db *DB) Release(ctx context.Context, ids ...kit.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	db.claims.forget(ids) // before somebody claims them again
	released, err := db.kit.release.Apply(ctx, listOf(ids), db.self)
	if err == nil && released > 0 {
		db.emitted(ctx)
	}
	return err
}

func listOf(ids []kit.UUID) pq.StringArray {
	list := make(pq.StringArray, len(ids))
	for i, id := range ids {
		list[i] = id.String()
	}
	return list
}

// LagLimit is the most messages that Lag counts: to count millions takes longer
// than it is worth.
const LagLimit = 100_000

// lagText selects how far behind the relay is.
var lagText = fmt.Sprintf(`SELECT (SELECT count(*) FROM (SELECT FROM "outbox" LIMIT %d) AS "some"),
	(SELECT "time" FROM "outbox" ORDER BY "seq" LIMIT 1)`, LagLimit)
