package memorystore

import (
	"context"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/databasetest"
)

func TestTransactor(t *testing.T) {
	databasetest.Transactor(t, func(_ *testing.T, codec kit.EventCodec) databasetest.Database {
		db := New(codec)
		return replies{DB: db, table: NewTable(db, Mapping[reply, kit.UUID]{
			Entity: "reply", Key: func(r *reply) kit.UUID { return idOf(r.key) }, Version: func(*reply) int64 { return 1 },
		})}
	})
}

// replies keeps replies in a table: it is what the suite changes.
type replies struct {
	*DB
	kit.Outbox // nil, as those below: the suite does not use them
	kit.Inbox
	kit.DeadLetterQueue
	kit.Idempotency
	table *Table[reply, kit.UUID]
}

type reply struct {
	key string
	kit.Reply
}

// idOf returns an ID for a key of up to 16 bytes.
func idOf(key string) (id kit.UUID) {
	copy(id[:], key)
	return id
}

func (r replies) Claim(ctx context.Context, limit int, lease time.Duration) ([]kit.Message, error) {
	return r.DB.Claim(ctx, limit, lease)
}

func (r replies) Recall(ctx context.Context, key string) (kit.Reply, error) {
	kept, err := r.table.Get(ctx, idOf(key))
	return kept.Reply, err
}

func (r replies) Remember(ctx context.Context, key string, kept kit.Reply, _ time.Time) error {
	return r.table.Insert(ctx, reply{key, kept})
}
