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
func (db *DB) Recall(ctx context.Context, key string) (kit.Reply, error) {
	kept, found, err := db.replies.get(ctx, key)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "there is no reply for the key")
	}
	return replyCopy(kept.reply), err
}

// Remember keeps the reply for a key: see kit.Idempotency.
func (db *DB) Remember(ctx context.Context, key string, r kit.Reply, now time.Time) error {
	return db.Write(ctx, func(ctx context.Context) error {
		_, found, err := db.replies.get(ctx, key)
		if err != nil {
			return err
		}
		if found {
			return kit.Errorf(kit.AlreadyExists, "there is already a reply for the key")
		}
		return db.replies.put(ctx, key, keptReply{replyCopy(r), now})
	})
}

func replyCopy(r kit.Reply) kit.Reply {
	r.Header, r.Body = maps.Clone(r.Header), slices.Clone(r.Body)
	return r
}

// Expire forgets old replies: see kit.Idempotency.
func (db *DB) Expire(ctx context.Context, before time.Time) (int64, error) {
	return forgetOld(ctx, db.replies, func(k keptReply) bool { return k.at.Before(before) })
}
