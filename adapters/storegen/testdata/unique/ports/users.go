package ports

import (
	"context"

	"example.com/shop/domain/user"
	"example.com/shop/kit"
)

// UserStore keeps users.
type UserStore interface {
	// Insert keeps a new user.
	Insert(ctx context.Context, u user.User, events ...kit.Event) error
	// Get returns the user.
	Get(ctx context.Context, id kit.UUID) (user.User, error)
	// Update replaces the user.
	Update(ctx context.Context, u user.User, events ...kit.Event) error
	// Delete removes the user.
	Delete(ctx context.Context, id kit.UUID, events ...kit.Event) error
	// List returns a page of users.
	List(ctx context.Context, page kit.Page) (kit.Listing[user.User], error)
	// InsertMany keeps several users.
	InsertMany(ctx context.Context, users []user.User, events ...kit.Event) error
	// Upsert keeps a user, new or not.
	Upsert(ctx context.Context, u user.User, events ...kit.Event) error
	// GetByEmail returns the one user.
	GetByEmail(ctx context.Context, email string) (user.User, error)
	// FindByEmail finds at most one.
	FindByEmail(ctx context.Context, email string, page kit.Page) (kit.Listing[user.User], error)
	// ExistsByNickname tells whether there is one.
	ExistsByNickname(ctx context.Context, nickname string) (bool, error)
	// FindByNickname finds also who has none.
	FindByNickname(ctx context.Context, nickname *string, page kit.Page) (kit.Listing[user.User], error)
	// CountByTenantAndNumber counts.
	CountByTenantAndNumber(ctx context.Context, tenant string, number int32) (int64, error)
	// FindByTenantAndNumberBetween finds some of a tenant.
	FindByTenantAndNumberBetween(ctx context.Context, tenant string, low, high int32, page kit.Page) (kit.Listing[user.User], error)
	// FindByTenant finds all of a tenant.
	FindByTenant(ctx context.Context, tenant string, page kit.Page) (kit.Listing[user.User], error)
	// FindByRoleAndTenant finds some of a tenant.
	FindByRoleAndTenant(ctx context.Context, role user.Role, tenant string, page kit.Page) (kit.Listing[user.User], error)
}
