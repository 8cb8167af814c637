package app

import (
	"context"

	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/ports"
)

// Users implements ports.Users.
type Users struct {
	tx    kit.Transactor
	store ports.UserStore
}

// NewUsers returns the use cases of users.
func NewUsers(tx kit.Transactor, store ports.UserStore) *Users { return &Users{tx, store} }

// GetCurrent returns the caller, with the balance.
func (u *Users) GetCurrent(ctx context.Context) (user.User, error) {
	caller, err := ports.Caller(ctx, user.Attendee, user.Trainer)
	if err != nil {
		return user.User{}, err
	}
	known, err := u.store.Get(ctx, caller.ID)
	if kit.CodeOf(err) == kit.NotFound {
		return caller, nil
	}
	return known, err
}

// Credit adds trainings to the balance of an attendee, who may be new, and returns the
// attendee as known.
func (u *Users) Credit(ctx context.Context, attendee user.User, trainings int64) (known user.User, err error) {
	err = u.tx.Within(ctx, func(ctx context.Context) (err error) {
		known, err = u.store.Get(ctx, attendee.ID)
		put := u.store.Update
		if kit.CodeOf(err) == kit.NotFound {
			known, put, err = attendee, u.store.Insert, nil
		}
		if err != nil {
			return err
		}
		if err := known.Credit(trainings); err != nil {
			return err
		}
		return put(ctx, known)
	})
	return known, err
}
