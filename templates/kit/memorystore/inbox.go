package memorystore

import (
	"context"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// inboxMark is a message that a group has handled.
type inboxMark struct {
	group string
	id    kit.UUID
}

// Mark notes that a group handles a message: see kit.Inbox.
func (db *DB) Mark(ctx context.Context, group string, id kit.UUID) (first bool, err error) {
	mark := inboxMark{group, id}
	err = db.write(ctx, func(t *transaction) error {
		first = db.marks.get(t, mark) == nil
		if first {
			db.marks.set(t, mark, new(time.Now()))
		}
		return nil
	})
	return first, err
}

// Marked reports whether a group has handled a message: see kit.Inbox.
func (db *DB) Marked(ctx context.Context, group string, id kit.UUID) (marked bool, err error) {
	err = db.use(ctx, func(t *transaction) error {
		marked = db.marks.get(t, inboxMark{group, id}) != nil
		return nil
	})
	return marked, err
}

// Purge forgets old marks: see kit.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return forget(ctx, db, db.marks, func(at *time.Time) bool { return at.Before(before) })
}

// forget removes the values that are old and returns how many.
func forget[K comparable, V any](ctx context.Context, db *DB, m txMap[K, V], old func(*V) bool) (n int64, err error) {
	err = db.write(ctx, func(t *transaction) error {
		for key, value := range m.all(t) {
			if old(value) {
				m.set(t, key, nil)
				n++
			}
		}
		return nil
	})
	return n, err
}
