package ports

import (
	"context"

	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
)

// Users are the operations on users.
//
//outgrow:http /users
type Users interface {
	// GetCurrent returns the caller.
	GetCurrent(ctx context.Context) (user.User, error)
}

// UserStore stores users.
type UserStore interface {
	Insert(ctx context.Context, u user.User, events ...kit.Event) error
	Get(ctx context.Context, id kit.UUID) (user.User, error)
	Update(ctx context.Context, u user.User, events ...kit.Event) error
}

// Caller returns who calls, without the name: Unauthenticated if that is not known, and
// Unauthorized if it is none of the roles.
func Caller(ctx context.Context, roles ...user.Role) (user.User, error) {
	caller, _ := kit.CallerOf(ctx)
	id, err := kit.ParseUUID(caller.Subject)
	if err != nil {
		return user.User{}, kit.Errorf(kit.Unauthenticated, "it is not known who calls")
	}
	for _, r := range roles {
		if caller.Has(string(r)) {
			return user.User{ID: id, Role: r}, nil
		}
	}
	return user.User{}, kit.Errorf(kit.Unauthorized, "the caller is not allowed to do this")
}
