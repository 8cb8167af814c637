package kit

import (
	"context"
	"io/fs"
	"time"
)

// Schema describes the tables that a project has in a database beside those of the kit.
type Schema struct {
	// Project is the name of the project, in lower-case letters, digits and
	// underscores. The table that records which of its migrations have been applied is
	// named for it, such as "shop_version". A database is of one project: it records
	// the name, and is refused to another.
	Project string
	// Migrations holds the project's migrations in the folder "migrations": SQL files
	// for goose whose names begin with a number. They are applied after those of the
	// kit. Nil means none.
	Migrations fs.FS
}

// Migration is a change of the tables of a database.
type Migration struct {
	Name    string // whose it is and its file, such as shop/20260101000000000_orders.sql
	Applied bool
	Unknown bool // applied by another version of the service; the name has no file then
}

// Transactor runs several calls in one transaction.
type Transactor interface {
	// Within runs fn in a transaction. Calls to the same store with the context of fn
	// take part in it. It commits if fn returns nil. It rolls back if fn panics or
	// returns an error, which Within returns. If ctx is already in a transaction, fn
	// runs in that one, and an error of fn undoes only what fn did.
	//
	// The transaction begins with the first call in it. From then on fn should be short:
	// other writers may be waiting. A transaction that keeps them waiting for too long is
	// rolled back, and its calls and Within return Unavailable.
	//
	// Goroutines may share a transaction: their calls take turns, and so do transactions
	// nested in it, each as a whole. A call with the outer context while a nested
	// transaction is running waits for that to end.
	//
	// fn may run more than once if a commit fails for a transient reason, so it must not
	// do anything that a rollback cannot undo.
	Within(ctx context.Context, fn func(ctx context.Context) error) error
}

// Emitter writes events that are not written by a method of a store.
type Emitter interface {
	// Emit writes the events to the outbox. If ctx is in a transaction, they are
	// published if and only if it commits.
	Emit(ctx context.Context, events ...Event) error
}

// Outbox is the outbox as the relay uses it. It holds messages that were committed
// together with the changes they describe, until the bus has taken them.
type Outbox interface {
	// Claim returns up to limit messages that are not claimed, or fewer if they are large
	// (see MaxPageBytes), and reserves them until the lease ends, they are released or
	// done, or this process dies. Messages with the
	// same key are claimed in the order of commit, and none while another process has
	// claimed an earlier one. It may return none where another process claims them.
	Claim(ctx context.Context, limit int, lease time.Duration) ([]Message, error)
	// Done removes messages that this process has claimed and not released. Other IDs are
	// ignored.
	Done(ctx context.Context, ids ...UUID) error
	// Release makes claimed messages available again.
	Release(ctx context.Context, ids ...UUID) error
	// Lag returns how many messages are waiting and when the oldest was written, or the
	// zero time if none is waiting. Of many messages, waiting is an estimate, so that
	// asking stays cheap.
	Lag(ctx context.Context) (waiting int64, oldest time.Time, err error)
	// Wake returns a channel that receives a value when there may be messages to claim.
	// It is only a hint, and may miss messages of other processes: poll as well.
	Wake() <-chan struct{}
}

// Inbox remembers which messages a group has handled.
type Inbox interface {
	// Mark records, in the transaction of ctx, that the group handles the message, and
	// reports whether it is the first time.
	Mark(ctx context.Context, group string, id UUID) (first bool, err error)
	// Marked reports whether there is a record that the group has handled the message.
	Marked(ctx context.Context, group string, id UUID) (bool, error)
	// Purge removes records from before the time, and returns how many.
	Purge(ctx context.Context, before time.Time) (int64, error)
}

// DeadLetter is a message that a group could not handle, or that the bus can never take.
type DeadLetter struct {
	ID       UUID    // of the dead letter, not of the message
	Message  Message // Group is the group that could not handle it; for the bus, as it was
	Error    string  // of the last attempt
	Attempts int
	FailedAt time.Time
}

// DeadLetterQueue keeps messages that could not be handled until they are replayed.
type DeadLetterQueue interface {
	// Bury adds a dead letter, in the transaction of ctx. It replaces an earlier one
	// with the same group and message.
	Bury(ctx context.Context, d DeadLetter) error
	// Letters returns a page of dead letters, ordered by ID.
	Letters(ctx context.Context, page Page) (Listing[DeadLetter], error)
	// Replay puts the message back into the outbox, for its group only if it has one, and
	// removes the dead letter, in one transaction; NotFound if there is none with the ID.
	Replay(ctx context.Context, id UUID) error
}

// Reply is the reply to a request, stored so that it can be sent again.
type Reply struct {
	Request [32]byte // SHA-256 of the request, to detect a different one with the same key
	Status  int
	Header  map[string]string
	Body    []byte
}

// Idempotency stores replies by idempotency key.
type Idempotency interface {
	// Recall returns the reply for the key, in the transaction of ctx; NotFound if
	// there is none.
	Recall(ctx context.Context, key string) (Reply, error)
	// Remember stores the reply, in the transaction of ctx; AlreadyExists if there is
	// one for the key.
	Remember(ctx context.Context, key string, r Reply, now time.Time) error
	// Expire removes replies from before the time, and returns how many.
	Expire(ctx context.Context, before time.Time) (int64, error)
}

// EventCodec encodes and decodes events.
type EventCodec interface {
	// Encode returns the payload of the event; Invalid if its type is unknown.
	Encode(e Event) ([]byte, error)
	// Decode decodes a payload that this version of the service or another has encoded;
	// Invalid if the topic is unknown or the payload cannot be decoded.
	Decode(topic string, payload []byte) (Event, error)
}
