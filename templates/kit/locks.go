package kit

import "context"

// Locks let one caller at a time, in whichever process, do something that has a name: it
// holds the lock of the name while it does. A lock is held for a lease, which is renewed for
// as long as the caller works, so that the lock of one that dies, freezes or loses its
// connection goes to another.
//
// The context of a holder ends before its lease does. But no lock can stop what a holder has
// begun, or one that was frozen between its last look at the context and its next step: where
// that must change nothing, changes are made in a transaction that passes a Fence with the
// token of the holder.
//
// A name has 1 to 200 letters, digits and characters of -_.:/, such as "orders/nightly".
// Locks are not reentrant: a holder that waits for its own lock waits in vain.
//
// All methods may be called concurrently.
type Locks interface {
	// Do waits for the lock and calls fn, which should return soon after its context has
	// ended. Each holder's token is higher than those of all holders before it.
	//
	// The error is that of fn. It is Unavailable if the lock could not be had, since ctx has
	// ended or the server does not answer, or if it was lost while fn ran: then another
	// holder may have begun before fn had ended.
	Do(ctx context.Context, name string, fn func(ctx context.Context, token int64) error) error

	// Try is Do, unless another holder has the lock: then it returns at once that fn was not
	// called.
	Try(ctx context.Context, name string, fn func(ctx context.Context, token int64) error) (called bool, err error)

	// Lead is for what one process at a time does for as long as it lives: it calls fn
	// whenever this process is elected the leader, until ctx has ended or fn returns while it
	// leads, whose error it returns then. A server that is away is waited for.
	Lead(ctx context.Context, name string, fn func(ctx context.Context, token int64) error) error
}

// Fence keeps out who has lost a lock and does not know it.
type Fence interface {
	// Pass notes, in the transaction of ctx, that the holder of a token changes what the lock
	// of the name protects. Conflict is returned if a later holder has done so: then the
	// transaction must change nothing. Holders that pass at the same time take turns, until
	// the end of their transactions: pass before reading what the changes depend on.
	Pass(ctx context.Context, name string, token int64) error
}
