// Package user defines who attends trainings and who gives them, and what they have paid for.
package user

import "example.com/workouts/kit"

// User is an attendee or a trainer.
type User struct {
	ID      kit.UUID
	Name    string
	Role    Role
	Balance int64 // trainings that are paid for
	Version int64
}

// Role is what a user does.
type Role string

// The values of Role.
const (
	Trainer  Role = "trainer"
	Attendee Role = "attendee"
)

// Credit adds trainings to the balance, or takes them off. The error is Invalid if there are
// fewer.
func (u *User) Credit(trainings int64) error {
	if u.Balance+trainings < 0 {
		return kit.Errorf(kit.Invalid, "the balance is %d trainings", u.Balance)
	}
	u.Balance += trainings
	u.Version++
	return nil
}
