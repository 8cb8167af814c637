package locks

import (
	"context"
	"time"
)

// Driver keeps who has the lock of a name, and for how long. It is all that an adapter has
// to do. An owner is a text that is used for one time that a lock is held.
//
// Its methods may be called concurrently, and return within a short time of the driver's own,
// whatever ctx allows. Their error is Unavailable if the server is away or did not answer in
// time, when it may have done what it was asked or not, and another one if it refused.
type Driver interface {
	// Acquire gives an owner the lock of a name for the lease, unless another owner has it.
	// The lease begins at the call, or later. The token is higher than all that were returned
	// for the name, and at least the number of microseconds since 1970, so that it is higher
	// than those of another driver as well; it is 0 if another owner has the lock.
	Acquire(ctx context.Context, name, owner string, lease time.Duration) (token int64, err error)

	// Renew has the lease of an owner begin again, at the call or later. It reports whether
	// the owner still had the lock.
	Renew(ctx context.Context, name, owner string, lease time.Duration) (held bool, err error)

	// Release ends the lease of an owner. It does nothing if another one has the lock.
	Release(ctx context.Context, name, owner string) error

	// Wait returns when the lock may be free, or when ctx ends. It is only a hint, for servers
	// that tell: others wait for the end of ctx.
	Wait(ctx context.Context, name string)

	// Ping returns nil if the server answers.
	Ping(ctx context.Context) error

	// Close releases what the driver holds, except for locks. Later calls return Unavailable.
	Close() error
}
