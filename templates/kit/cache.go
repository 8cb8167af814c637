package kit

import (
	"context"
	"time"
)

// Cache keeps copies of values that take long to get. It may lose any of them at any time,
// and one that is away has none: it is never the only place of a value, and what fails is
// a miss. Values must not be modified, neither those passed in nor those returned.
//
// A copy is used for at most its ttl, less up to a tenth of it at random, so that what was
// kept together is not missed together.
//
// All methods may be called concurrently.
type Cache interface {
	// Fetch returns the value of a key. On a miss it returns what load returns, and keeps
	// it for the ttl; if that is an error, it is NotFound that is kept, for a short time,
	// and no other. Calls for one key in a process share one load, whose context ends when
	// all of their contexts have; processes that share a server wait up to a second for the
	// one that loads. In the last fifth of the ttl the value is loaded anew while it is
	// still returned. The error is that of load, or Unavailable if ctx ends.
	//
	// It must not be called in a transaction, whose changes load would show to others.
	Fetch(ctx context.Context, key string, ttl time.Duration, load func(context.Context) ([]byte, error)) ([]byte, error)

	// Get returns the value of a key, if there is one.
	Get(ctx context.Context, key string) (value []byte, found bool)

	// Set keeps a value. It does not keep one that is larger than the cache takes, or if
	// the cache is away.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration)

	// Delete removes values, and has loads that have begun keep nothing: those of this
	// process and, where the server can compare, those of all.
	// The error is Unavailable if it is not known whether they were removed: try it again,
	// or wait for their ttl.
	Delete(ctx context.Context, keys ...string) error

	// Space returns the part of the cache with a name, whose keys are its own. A version
	// of a service that writes other values than the one before takes another version.
	Space(name string, version int) Cache
}
