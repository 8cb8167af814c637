package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/domain"
	"github.com/outgrowkit/outgrow/templates/kit/ports"
)

// Recall returns the reply kept for a key: see ports.Idempotency.
func (db *DB) Recall(ctx context.Context, key string) (ports.Reply, error) {
	var r ports.Reply
	found, err := db.kit.recall.Row(ctx, func(row Scanner) error {
		var request, header []byte
		if err := row.Scan(&request, &r.Status, &header, &r.Body); err != nil {
			return err
		}
		copy(r.Request[:], request)
		return json.Unmarshal(header, &r.Header)
	}, key)
	if err == nil && !found {
		err = domain.Errorf(domain.NotFound, "no reply is kept for the key")
	}
	return r, err
}

// Remember keeps the reply for a key: see ports.Idempotency. That there is one is
// not left to the server to refuse: it would take nothing more of a transaction.
func (db *DB) Remember(ctx context.Context, key string, r ports.Reply, now time.Time) error {
	header, err := json.Marshal(r.Header)
	if err != nil {
		return domain.Wrap(domain.Internal, err, "the header cannot be kept")
	}
	n, err := db.kit.remember.apply(ctx, key, r.Request[:], r.Status, string(header), notNil(r.Body), ofTime(now))
	if err == nil && n == 0 {
		err = domain.Errorf(domain.AlreadyExists, "there is one already")
	}
	return err
}

// Expire forgets old replies: see ports.Idempotency.
func (db *DB) Expire(ctx context.Context, before time.Time) (int64, error) {
	return deleteOld(ctx, db.kit.expire, before)
}
