// Package training defines trainings and who may change them, and when.
package training

import (
	"time"
	"unicode/utf8"

	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
)

// Training is a training of an attendee.
type Training struct {
	ID       kit.UUID
	Attendee kit.UUID
	Name     string // of the attendee
	Details
	Proposed *time.Time // a time that somebody would prefer
	By       *user.Role // who would
	Canceled bool
	Version  int64
}

// Details are what attendees set.
type Details struct {
	At    time.Time
	Notes string
}

// Notice is how long before a training it can be moved or canceled for free.
const Notice = 24 * time.Hour

// New returns a new training of an attendee.
func New(id kit.UUID, attendee user.User, d Details) (Training, error) {
	t := Training{ID: id, Attendee: attendee.ID, Name: attendee.Name, Details: d, Version: 1}
	return t, d.Validate()
}

// Validate reports every rule that the details break.
func (d Details) Validate() error {
	var v kit.Violations
	v.Required("At", d.At.IsZero())
	if utf8.RuneCountInString(d.Notes) > 1000 {
		v.Add("Notes", "must not be longer than 1000 characters")
	}
	return v.Err("training")
}

// VisibleTo returns Unauthorized if the training is of somebody else than an attendee.
func (t Training) VisibleTo(u user.User) error {
	if u.Role != user.Trainer && u.ID != t.Attendee {
		return kit.Errorf(kit.Unauthorized, "the training is somebody else's")
	}
	return nil
}

// Refund returns how many trainings the attendee gets back if somebody cancels: the one, and
// with little notice none from an attendee and one more from a trainer.
func (t Training) Refund(by user.Role, now time.Time) int64 {
	switch {
	case t.At.Sub(now) >= Notice:
		return 1
	case by == user.Trainer:
		return 2
	}
	return 0
}

// Cancel cancels the training. The error is Conflict if it is canceled already.
func (t *Training) Cancel() error {
	if t.Canceled {
		return kit.Errorf(kit.Conflict, "the training is canceled already")
	}
	t.Canceled = true
	t.Version++
	return nil
}

// Reschedule moves the training. The error is Conflict if there is too little notice.
func (t *Training) Reschedule(d Details, now time.Time) error {
	if t.At.Sub(now) < Notice {
		return kit.Errorf(kit.Conflict, "the training is in less than %v", Notice)
	}
	if err := d.Validate(); err != nil {
		return err
	}
	t.Details = d
	t.Version++
	return nil
}

// Propose asks the others for another time.
func (t *Training) Propose(d Details, by user.Role) error {
	if err := d.Validate(); err != nil {
		return err
	}
	at := d.At
	d.At = t.At
	t.Details, t.Proposed, t.By = d, &at, &by
	t.Version++
	return nil
}

// Approve moves the training to the time that the others have proposed. The error is
// Conflict if there is none, and Unauthorized if it is one's own.
func (t *Training) Approve(by user.Role) error {
	switch {
	case t.Proposed == nil:
		return errNotProposed
	case *t.By == by:
		return kit.Errorf(kit.Unauthorized, "the %s has proposed it", by)
	}
	t.At = *t.Proposed
	return t.Reject()
}

// Reject forgets the time that was proposed. The error is Conflict if there is none.
func (t *Training) Reject() error {
	if t.Proposed == nil {
		return errNotProposed
	}
	t.Proposed, t.By = nil, nil
	t.Version++
	return nil
}

var errNotProposed = kit.Errorf(kit.Conflict, "no other time was proposed")
