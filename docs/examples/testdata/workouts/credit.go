package main

import (
	"context"
	"strconv"

	"example.com/workouts/app"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
)

// newCredit returns what the command credit does.
func newCredit(users *app.Users) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		id, err := kit.ParseUUID(args[0])
		if err != nil {
			return err
		}
		trainings, err := strconv.ParseInt(args[2], 10, 64)
		if err != nil {
			return err
		}
		_, err = users.Credit(ctx, user.User{ID: id, Name: args[1], Role: user.Attendee}, trainings)
		return err
	}
}
