package kit

import (
	"context"
	"slices"
)

// Caller is who makes a request, as a token says that was checked.
type Caller struct {
	Subject string   // who it is, the same for all of its tokens
	Scopes  []string // what the token is for, such as orders:write
	Tenant  string   // whose data it is for; "" if the token does not say
}

// Has reports whether the token is for the scope.
func (c Caller) Has(scope string) bool { return slices.Contains(c.Scopes, scope) }

type callerKey struct{}

// CallerOf returns who makes the request that ctx belongs to. Without one, as in a
// subscriber, it reports false.
func CallerOf(ctx context.Context) (Caller, bool) {
	c, ok := ctx.Value(callerKey{}).(Caller)
	return c, ok
}

// WithCaller returns a context for what a caller asks for, and for the caller's tenant: for what
// checks tokens, and for tests.
func WithCaller(ctx context.Context, c Caller) context.Context {
	if c.Tenant != "" {
		ctx = WithTenant(ctx, c.Tenant)
	}
	return context.WithValue(ctx, callerKey{}, c)
}
