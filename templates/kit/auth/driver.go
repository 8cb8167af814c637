package auth

import (
	"context"

	"github.com/go-jose/go-jose/v4"
)

// Driver has the public keys of those who issue tokens. It is all that an adapter has to do.
// Its methods may be called concurrently, and return within a short time of the driver's
// own, whatever ctx allows.
type Driver interface {
	// Keys returns the keys with the ID, or none if there is no such key. The error is
	// Unavailable if the keys cannot be had at present.
	Keys(ctx context.Context, id string) ([]jose.JSONWebKey, error)

	// Ping returns nil if the keys are as new as they should be.
	Ping(ctx context.Context) error

	// Close releases what the driver holds.
	Close() error
}
