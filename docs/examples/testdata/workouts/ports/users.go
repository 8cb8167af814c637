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

// WithCaller returns a context in which the user calls.
func WithCaller(ctx context.Context, u user.User) context.Context {
	return context.WithValue(ctx, callerKey{}, u)
}

// Caller returns who calls: Unauthorized if that is not known, or not one of the roles.
func Caller(ctx context.Context, roles ...user.Role) (user.User, error) {
	u, _ := ctx.Value(callerKey{}).(user.User)
	for _, r := range roles {
		if r == u.Role {
			return u, nil
		}
	}
	return user.User{}, kit.Errorf(kit.Unauthorized, "the caller is not allowed to do this")
}

type callerKey struct{}
