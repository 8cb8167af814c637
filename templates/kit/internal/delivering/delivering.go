// Package delivering tells the deliveries of events from requests, so that a store can
// leave connections to the latter however slow subscribers are.
package delivering

import "context"

type key struct{}

// With returns a context for the delivery of an event.
func With(ctx context.Context) context.Context { return context.WithValue(ctx, key{}, true) }

// Is reports whether the context is for the delivery of an event.
func Is(ctx context.Context) bool { return ctx.Value(key{}) != nil }
