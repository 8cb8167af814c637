package postgresstore

import (
	"context"
	"encoding/json"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// Recall returns the reply kept for a key: see kit.Idempotency.
func (db *DB) Recall(ctx context.Context, key string) (kit.Reply, error) {
	var r kit.Reply
	found, err := db.kit.recall.Row(ctx, func(row Scanner) error {
		var request, header []byte
		if err := row.Scan(&request, &r.Status, &header, &r.Body); err != nil {
			return err
		}
		copy(r.Request[:], request)
		return json.Unmarshal(header, &r.Header)
	}, key)
	if err == nil && !found {
		err = kit.Errorf(kit.NotFound, "no reply is kept for the key")
	}
	return r, err
}

// Remember keeps the reply for a key: see kit.Idempotency. That there is one is
// not left to the server to refuse: it would take nothing more of a transaction.
func (db *DB) Remember(ctx context.Context, key string, r kit.Reply, now time.Time) error {
	header, err := json.Marshal(r.Header)
	if err != nil {
		return kit.Wrap(kit.Internal, err, "the header cannot be kept")
	}
	n, err := db.kit.remember.apply(ctx, key, r.Request[:], r.Status, string(header), notNil(r.Body), now)
	if err == nil && n == 0 {
		err = kit.Errorf(kit.AlreadyExists, "it exists already")
	}
	return err
}

// Expire forgets old replies: see kit.Idempotency.
func (db *DB) Expire(ctx context.Context, before time.Time) (int64, error) {
	return deleteOld(ctx, db.kit.expire, before)
}
