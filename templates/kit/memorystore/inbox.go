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
	err = db.Write(ctx, func(ctx context.Context) error {
		_, found, err := db.marks.get(ctx, mark)
		if err != nil || found {
			return err
		}
		first = true
		return db.marks.put(ctx, mark, time.Now())
	})
	return first && err == nil, err
}

// Purge forgets old marks: see kit.Inbox.
func (db *DB) Purge(ctx context.Context, before time.Time) (int64, error) {
	return forgetOld(ctx, db.marks, func(at time.Time) bool { return at.Before(before) })
}

// forgetOld removes the values that are old and returns how many.
func forgetOld[K comparable, V any](ctx context.Context, s *txMap[K, V], old func(V) bool) (n int64, err error) {
	err = s.db.Write(ctx, func(ctx context.Context) error {
		found, err := s.all(ctx, old)
		if err != nil {
			return err
		}
		for key := range found {
			if err := s.remove(ctx, key); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
