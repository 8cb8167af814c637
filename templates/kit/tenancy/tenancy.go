// Package tenancy is how stores keep the entities of tenants apart, for derived ones and those
// that are written by hand.
package tenancy

import (
	"context"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// Of returns the tenant that ctx is used for; Unauthorized if there is none, or none that a
// database can keep.
func Of(ctx context.Context) (string, error) {
	tenant, ok := kit.TenantOf(ctx)
	if !ok {
		return "", kit.Errorf(kit.Unauthorized, "it is not known which tenant this is for")
	}
	if err := rowkey.Fits("tenant", "Tenant", tenant); err != nil {
		return "", kit.Wrap(kit.Unauthorized, err, "there can be no such tenant")
	}
	return tenant, nil
}

// Check returns why an entity of a tenant cannot be kept for ctx: Unauthorized unless ctx is
// used for the same one.
func Check(ctx context.Context, entity, tenant string) error {
	of, err := Of(ctx)
	if err == nil && of != tenant {
		err = kit.Errorf(kit.Unauthorized, "the %s is of another tenant", entity)
	}
	return err
}
