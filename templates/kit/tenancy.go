package kit

import "context"

type tenantKey struct{}

// TenantOf returns the tenant that ctx is used for, as the caller's token or WithTenant says.
// Without one it reports false.
func TenantOf(ctx context.Context) (string, bool) {
	tenant, _ := ctx.Value(tenantKey{}).(string)
	return tenant, tenant != ""
}

// WithTenant returns a context for what is done for a tenant: for subscribers and commands,
// which have no caller, for middleware that knows the tenant otherwise, and for tests.
func WithTenant(ctx context.Context, tenant string) context.Context {
	return context.WithValue(ctx, tenantKey{}, tenant)
}
