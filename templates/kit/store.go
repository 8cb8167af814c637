package kit

import (
	"context"
	"io/fs"
	"time"
)

// Schema is what a project keeps in a database beside what the kit does.
type Schema struct {
	// Project is the name of the project, in lower-case letters, digits and
	// underscores. The versions of its migrations are kept in a table that is
	// named for it: "shop_version".
	Project string
	// Migrations holds the project's migrations in the folder "migrations": files of
	// SQL as goose reads them, whose names begin with a number. They are applied after
	// the kit's own. Nil is none.
	Migrations fs.FS
}

// Transactor runs changes that span several calls as one.
type Transactor interface {
	// Within runs fn in a transaction, which all calls of the same store that
	// are given fn's context take part in. It commits if fn returns nil and
	// rolls back if fn returns an error, which it returns, or panics. Within a
	// transaction it runs fn in that one: an error of the inner fn undoes only
	// what the inner fn did.
	//
	// fn may be run again if the store could not commit for reasons that pass;
	// so it must do nothing that a rollback cannot undo. It should be short:
	// other writers may be waiting.
	Within(ctx context.Context, fn func(ctx context.Context) error) error
}

// Emitter writes events to the outbox for changes that no repository makes.
type Emitter interface {
	// Emit keeps the events in the outbox, with the transaction of ctx if there
	// is one, so that they are published exactly if it commits.
	Emit(ctx context.Context, events ...Event) error
}

// Outbox is the relay's side of the outbox: the messages that were committed
// with the changes that they tell of and have not yet been taken by the bus.
type Outbox interface {
	// Claim returns up to limit messages that no one has claimed, and keeps them
	// from others until the lease ends, they are released or done, or this
	// process dies. For one key, messages are claimed in the order of commit,
	// and none while an earlier one is claimed by another process.
	Claim(ctx context.Context, limit int, lease time.Duration) ([]Message, error)
	// Done removes messages. It does not mind those that are gone.
	Done(ctx context.Context, ids ...UUID) error
	// Release gives claimed messages back, to be claimed again.
	Release(ctx context.Context, ids ...UUID) error
	// Lag returns how many messages wait and when the oldest was written; the
	// zero time where none waits.
	Lag(ctx context.Context) (waiting int64, oldest time.Time, err error)
	// Wake returns a channel that receives when there may be something to claim.
	// It is a hint: it may be missing for what others wrote, so one polls too.
	Wake() <-chan struct{}
}

// Inbox remembers which messages a group has handled.
type Inbox interface {
	// Mark notes that the group handles the message, with the transaction of
	// ctx, and reports whether it is the first time.
	Mark(ctx context.Context, group string, id UUID) (first bool, err error)
	// Purge forgets what was marked before the time, and returns how many.
	Purge(ctx context.Context, before time.Time) (int64, error)
}

// DeadLetter is a message that a group could not handle.
type DeadLetter struct {
	ID       UUID    // its own, not the message's
	Message  Message // Group is the group that could not handle it
	Error    string  // what the last attempt returned
	Attempts int
	FailedAt time.Time
}

// DeadLetterQueue keeps what could not be handled until somebody looks.
type DeadLetterQueue interface {
	// Bury keeps a dead letter, with the transaction of ctx. A second one for
	// the same group and message replaces the first.
	Bury(ctx context.Context, d DeadLetter) error
	// Letters returns a page of them in the order of ID.
	Letters(ctx context.Context, page Page) (Listing[DeadLetter], error)
	// Replay puts the message back into the outbox for its group alone and
	// removes the dead letter, as one; NotFound if there is none of the ID.
	Replay(ctx context.Context, id UUID) error
}

// Reply is what a request was answered, kept so that it can be answered again.
type Reply struct {
	Request [32]byte // SHA-256 of the request, to tell another one with the same key
	Status  int
	Header  map[string]string
	Body    []byte
}

// Idempotency keeps replies by key.
type Idempotency interface {
	// Recall returns the reply kept for the key, with the transaction of ctx;
	// NotFound where there is none.
	Recall(ctx context.Context, key string) (Reply, error)
	// Remember keeps the reply, with the transaction of ctx; AlreadyExists where
	// there is one for the key.
	Remember(ctx context.Context, key string, r Reply, now time.Time) error
	// Expire forgets what was remembered before the time, and returns how many.
	Expire(ctx context.Context, before time.Time) (int64, error)
}

// EventCodec turns events into payloads and back.
type EventCodec interface {
	// Encode returns the event's payload; Invalid for an event it does not know.
	Encode(e Event) ([]byte, error)
	// Decode reads a payload that was encoded for the topic, by this version or
	// an earlier or later one; Invalid for a topic or payload it cannot read.
	Decode(topic string, payload []byte) (Event, error)
}
