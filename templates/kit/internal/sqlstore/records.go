package sqlstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// Records are what every store keeps beside entities and the outbox: which messages were
// handled, dead letters, and replies; and how many messages are in the outbox. A DB
// embeds them.
type Records struct {
	prepare    func(text string) *Statement
	skipLocked string
	lag        *Statement
}

// NewRecords returns records whose statements prepare makes. skipLocked ends a SELECT that
// passes over rows that others are deleting; it is empty where there is no such thing. lag selects
// how many messages there are, and when the oldest was written.
func NewRecords(prepare func(text string) *Statement, skipLocked string, lag *Statement) *Records {
	return &Records{prepare, skipLocked, lag}
}

// Mark notes that a group handles a message: see kit.Inbox.
func (r *Records) Mark(ctx context.Context, group string, id kit.UUID) (first bool, err error) {
	mark := r.prepare(`INSERT INTO "inbox" ("id", "group", "time") VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`)
	changed, err := mark.Apply(ctx, id, group, time.Now())
	return changed == 1 && err == nil, err
}

// Marked reports whether a group has handled a message: see kit.Inbox.
func (r *Records) Marked(ctx context.Context, group string, id kit.UUID) (bool, error) {
	mark := r.prepare(`SELECT 1 FROM "inbox" WHERE "id" = $1 AND "group" = $2`)
	return mark.Row(ctx, func(Scanner) error { return nil }, id, group)
}

// Purge forgets old marks: see kit.Inbox.
func (r *Records) Purge(ctx context.Context, before time.Time) (int64, error) {
	return r.deleteOld(ctx, "inbox", `"id", "group"`, before)
}

const letterColumns = `"id", "message", "topic", "key", "group", "time", "payload", "error", "attempts", "failed_at"`

// Bury keeps a dead letter: see kit.DeadLetterQueue.
func (r *Records) Bury(ctx context.Context, d kit.DeadLetter) error {
	bury := r.prepare(`INSERT INTO "dead_letter" (` + letterColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT ("message", "group") DO UPDATE SET
		"id" = excluded."id", "error" = excluded."error", "attempts" = excluded."attempts",
		"failed_at" = excluded."failed_at"`)
	m := d.Message
	_, err := bury.Apply(ctx, d.ID, m.ID, m.Topic, m.Key, m.Group, m.Time, NotNil(m.Payload), d.Error, d.Attempts, d.FailedAt)
	return err
}

// Letters returns a page of the dead letters: see kit.DeadLetterQueue.
func (r *Records) Letters(ctx context.Context, page kit.Page) (kit.Listing[kit.DeadLetter], error) {
	list := r.prepare(`SELECT ` + letterColumns + ` FROM "dead_letter" WHERE "id" > $1 ORDER BY "id" LIMIT $2`)
	after, err := rowkey.After[kit.UUID](page.After)
	if err != nil {
		return kit.Listing[kit.DeadLetter]{}, err
	}
	all, err := collect(ctx, list, func(row Scanner, d *kit.DeadLetter) error {
		m := &d.Message
		return row.Scan(&d.ID, &m.ID, &m.Topic, &m.Key, &m.Group, &m.Time, &m.Payload, &d.Error, &d.Attempts, &d.FailedAt)
	}, after, page.Limit+1) // one more than the page has, to know whether there is a next one
	if len(all) <= page.Limit {
		return kit.Listing[kit.DeadLetter]{Items: all}, err
	}
	all = all[:page.Limit]
	return kit.Listing[kit.DeadLetter]{Items: all, Next: kit.CursorOf(all[page.Limit-1].ID)}, nil
}

// Recall returns the reply kept for a key: see kit.Idempotency.
func (r *Records) Recall(ctx context.Context, key string) (kit.Reply, error) {
	recall := r.prepare(`SELECT "request", "status", "header", "body" FROM "idempotency_key" WHERE "key" = $1`)
	var reply kit.Reply
	found, err := recall.Row(ctx, func(row Scanner) error {
		var request, header []byte
		if err := row.Scan(&request, &reply.Status, &header, &reply.Body); err != nil {
			return err
		}
		copy(reply.Request[:], request)
		return json.Unmarshal(header, &reply.Header)
	}, key)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no reply for the key")
	}
	return reply, err
}

// Remember keeps the reply for a key: see kit.Idempotency.
func (r *Records) Remember(ctx context.Context, key string, reply kit.Reply, now time.Time) error {
	header, _ := json.Marshal(reply.Header) // texts can always be written
	remember := r.prepare(`INSERT INTO "idempotency_key" ("key", "request", "status", "header", "body", "time")
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`)
	changed, err := remember.Apply(ctx, key, reply.Request[:], reply.Status, string(header), NotNil(reply.Body), now)
	if err == nil && changed == 0 {
		err = kit.Errorf(kit.AlreadyExists, "there is already a reply for the key")
	}
	return err
}

// Expire forgets old replies: see kit.Idempotency.
func (r *Records) Expire(ctx context.Context, before time.Time) (int64, error) {
	return r.deleteOld(ctx, "idempotency_key", `"key"`, before)
}

// Lag tells how far behind the relay is: see kit.Outbox.
func (r *Records) Lag(ctx context.Context) (waiting int64, oldest time.Time, err error) {
	_, err = r.lag.Row(ctx, func(row Scanner) error {
		var at *time.Time
		err := row.Scan(&waiting, &at)
		if at != nil {
			oldest = *at
		}
		return err
	})
	return waiting, oldest, err
}

// deleteOld deletes the older rows of a table, a thousand at a time, so that others do not
// wait long for one of them.
func (r *Records) deleteOld(ctx context.Context, table, key string, before time.Time) (total int64, err error) {
	const batch = 1000
	old := r.prepare(`DELETE FROM "` + table + `" WHERE (` + key + `) IN
		(SELECT ` + key + ` FROM "` + table + `" WHERE "time" < $1 ORDER BY "time" LIMIT $2` + r.skipLocked + `)`)
	for {
		n, err := old.Apply(ctx, before, batch)
		if err != nil {
			return total, err
		}
		if total += n; n < batch {
			return total, nil
		}
	}
}

// NotNil returns b, or an empty slice for nil, which would be kept as NULL.
func NotNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
