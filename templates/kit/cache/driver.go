package cache

import (
	"context"
	"time"
)

// Driver keeps bytes under keys, which are any text. It is all that an adapter has to do.
//
// Its methods may be called concurrently, and return within a short time of the driver's
// own, whatever ctx allows. Their error is Unavailable if the cache is away or did not
// answer in time, and another one if it refused.
type Driver interface {
	// Get returns the value of a key, or nil. It must not be modified.
	Get(ctx context.Context, key string) ([]byte, error)

	// Set keeps a value, which is not empty, for about the ttl, which is positive. It may
	// keep it longer: the Cache knows when it has expired.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error

	// Delete removes values. That there is none is no error. It asks a server even if that
	// was unavailable just before.
	Delete(ctx context.Context, keys ...string) error

	// Ping returns nil if the cache answers.
	Ping(ctx context.Context) error

	// Close releases what the driver holds. Later calls return Unavailable.
	Close() error
}

// Local is a Driver that holds values in this process, and returns none that has expired.
type Local interface {
	Size() int64 // of all values, in bytes
}

// Clocked is a Driver that knows the time, perhaps some milliseconds late: to read it is
// much of what it costs to keep a value in memory. Other processes do not see its values.
type Clocked interface {
	Now() time.Time
}

// Shared is a Driver whose server has the values of several processes, and decides which
// of them is first.
type Shared interface {
	Driver

	// Add keeps a value if the key has none, and reports whether it had none.
	Add(ctx context.Context, key string, value []byte, ttl time.Duration) (added bool, err error)

	// Replace keeps a value if the key still has the one before, and reports whether it
	// had. The error is Invalid if the server cannot tell.
	Replace(ctx context.Context, key string, before, value []byte, ttl time.Duration) (replaced bool, err error)
}
