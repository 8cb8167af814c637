package postgresstore

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/retry"
)

// lead takes or renews the lease of the outbox, if it is time, and reports whether this
// process holds it.
func (db *DB) lead(ctx context.Context) (bool, error) {
	b, now := db.claims, time.Now()
	switch {
	case db.closing.Err() != nil:
		return false, kit.Errorf(kit.Unavailable, "the store is closed")
	case now.Before(b.renew):
		return now.Before(b.until), nil
	}
	var term, floor int64
	var server string
	found, err := db.kit.lead.Row(ctx, func(row Scanner) error { return row.Scan(&term, &server, &floor) },
		db.self, b.life.Microseconds(), b.floor(), b.server)
	switch {
	case err != nil:
		return false, err
	case !found:
		b.renew, b.until = now.Add(b.life/40), time.Time{}
		return false, nil
	}
	b.renew, b.until = now.Add(b.life/4), now.Add(b.life)
	if term != b.term {
		b.held = map[kit.UUID]claim{} // others may have claimed and removed them
	}
	if term != b.term || server != b.server {
		b.term, b.server, b.cursor, b.gaps, b.mark = term, server, floor, nil, 0
	}
	return true, nil
}

// keepLease renews the lease until the database is closed, and has the messages of other
// processes looked for: they wake nobody here.
func (db *DB) keepLease() {
	b := db.claims
	for retry.Wait(db.closing, b.life/100) == nil && b.lock(db.closing) == nil {
		leads := time.Now().Before(b.until)
		if leads {
			leads, _ = db.lead(db.closing) // it is tried again
		}
		b.unlock()
		if leads {
			db.rouse()
		}
	}
}

// endLease lets another process take the lease, where nothing is claimed.
func (db *DB) endLease() {
	b := db.claims
	_ = b.lock(context.Background()) // which does not end
	defer b.unlock()
	if time.Now().Before(b.until) && len(b.held) == 0 {
		_, _ = db.kit.endLease.Apply(context.Background(), db.self, b.floor(), b.server) // else it ends by itself
	}
}
