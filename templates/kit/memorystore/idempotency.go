package memorystore

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// keptReply is a reply and when it was kept.
type keptReply struct {
	reply kit.Reply
	at    time.Time
}

// Recall returns the reply kept for a key: see kit.Idempotency.
func (db *DB) Recall(ctx context.Context, key string) (r kit.Reply, err error) {
	err = db.use(ctx, func(t *transaction) error {
		kept := db.replies.get(t, key)
		if kept == nil {
			return kit.Errorf(kit.NotFound, "there is no reply for the key")
		}
		r = replyCopy(kept.reply)
		return nil
	})
	return r, err
}

// Remember keeps the reply for a key: see kit.Idempotency.
func (db *DB) Remember(ctx context.Context, key string, r kit.Reply, now time.Time) error {
	return db.write(ctx, func(t *transaction) error {
		if db.replies.get(t, key) != nil {
			return kit.Errorf(kit.AlreadyExists, "there is already a reply for the key")
		}
		db.replies.set(t, key, &keptReply{replyCopy(r), now})
		return nil
	})
}

func replyCopy(r kit.Reply) kit.Reply {
	r.Header, r.Body = maps.Clone(r.Header), slices.Clone(r.Body)
	return r
}

// Expire forgets old replies: see kit.Idempotency.
func (db *DB) Expire(ctx context.Context, before time.Time) (int64, error) {
	return forget(ctx, db, db.replies, func(k *keptReply) bool { return k.at.Before(before) })
}
