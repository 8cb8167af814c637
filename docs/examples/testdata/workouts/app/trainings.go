package app

import (
	"context"
	"time"

	"example.com/workouts/domain/hour"
	"example.com/workouts/domain/training"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/ports"
)

// Trainings implements ports.Trainings.
type Trainings struct {
	tx    kit.Transactor
	store ports.TrainingStore
	hours ports.HourStore
	users *Users
	clock kit.Clock
}

// NewTrainings returns the use cases of trainings.
func NewTrainings(tx kit.Transactor, store ports.TrainingStore, hours ports.HourStore, users *Users, clock kit.Clock) *Trainings {
	return &Trainings{tx, store, hours, users, clock}
}

// Create schedules a training of the caller.
func (u *Trainings) Create(ctx context.Context, d training.Details) (t training.Training, err error) {
	caller, err := ports.Caller(ctx, user.Attendee)
	if err != nil {
		return t, err
	}
	err = u.tx.Within(ctx, func(ctx context.Context) error {
		attendee, err := u.users.Credit(ctx, caller, -1)
		if err != nil {
			return err
		}
		if t, err = training.New(kit.NewUUID(), attendee, d); err != nil {
			return err
		}
		if err := u.change(ctx, t.At, (*hour.Hour).Book); err != nil {
			return err
		}
		return u.store.Insert(ctx, t)
	})
	return t, err
}

// Get returns a training.
func (u *Trainings) Get(ctx context.Context, id kit.UUID) (training.Training, error) {
	t, _, err := u.visible(ctx, id)
	return t, err
}

// List returns the trainings to come.
func (u *Trainings) List(ctx context.Context, page kit.Page) (kit.Listing[training.Training], error) {
	caller, err := ports.Caller(ctx, user.Attendee, user.Trainer)
	if err != nil {
		return kit.Listing[training.Training]{}, err
	}
	since := u.clock.Now().Add(-24 * time.Hour)
	if caller.Role == user.Trainer {
		return u.store.FindByCanceledAndAtAfter(ctx, false, since, page)
	}
	return u.store.FindByAttendeeAndCanceledAndAtAfter(ctx, caller.ID, false, since, page)
}

// Delete cancels a training.
func (u *Trainings) Delete(ctx context.Context, id kit.UUID) error {
	_, err := u.update(ctx, id, func(ctx context.Context, t *training.Training, by user.Role) error {
		if err := t.Cancel(); err != nil {
			return err
		}
		if err := u.change(ctx, t.At, (*hour.Hour).Release); err != nil {
			return err
		}
		_, err := u.users.Credit(ctx, user.User{ID: t.Attendee, Name: t.Name, Role: user.Attendee}, t.Refund(by, u.clock.Now()))
		return err
	})
	return err
}

// Reschedule moves a training.
func (u *Trainings) Reschedule(ctx context.Context, id kit.UUID, d training.Details) (training.Training, error) {
	return u.update(ctx, id, func(ctx context.Context, t *training.Training, _ user.Role) error {
		from := t.At
		if err := t.Reschedule(d, u.clock.Now()); err != nil {
			return err
		}
		return u.move(ctx, from, t.At)
	})
}

// RequestReschedule proposes another time to the others.
func (u *Trainings) RequestReschedule(ctx context.Context, id kit.UUID, d training.Details) (training.Training, error) {
	return u.update(ctx, id, func(_ context.Context, t *training.Training, by user.Role) error { return t.Propose(d, by) })
}

// ApproveReschedule moves a training to the time that the others have proposed.
func (u *Trainings) ApproveReschedule(ctx context.Context, id kit.UUID) (training.Training, error) {
	return u.update(ctx, id, func(ctx context.Context, t *training.Training, by user.Role) error {
		from := t.At
		if err := t.Approve(by); err != nil {
			return err
		}
		return u.move(ctx, from, t.At)
	})
}

// RejectReschedule leaves a training when it is.
func (u *Trainings) RejectReschedule(ctx context.Context, id kit.UUID) (training.Training, error) {
	return u.update(ctx, id, func(_ context.Context, t *training.Training, _ user.Role) error { return t.Reject() })
}

// visible returns a training that the caller may see, and who that is.
func (u *Trainings) visible(ctx context.Context, id kit.UUID) (training.Training, user.Role, error) {
	caller, err := ports.Caller(ctx, user.Attendee, user.Trainer)
	if err != nil {
		return training.Training{}, "", err
	}
	t, err := u.store.Get(ctx, id)
	if err == nil {
		err = t.VisibleTo(caller)
	}
	if err != nil {
		return training.Training{}, "", err
	}
	return t, caller.Role, nil
}

// update changes a training that the caller may see, and all that belongs to it.
func (u *Trainings) update(ctx context.Context, id kit.UUID, change func(context.Context, *training.Training, user.Role) error) (t training.Training, err error) {
	err = u.tx.Within(ctx, func(ctx context.Context) (err error) {
		var by user.Role
		if t, by, err = u.visible(ctx, id); err != nil {
			return err
		}
		if err := change(ctx, &t, by); err != nil {
			return err
		}
		return u.store.Update(ctx, t)
	})
	return t, err
}

// move books one hour instead of another.
func (u *Trainings) move(ctx context.Context, from, to time.Time) error {
	if from.Equal(to) {
		return nil
	}
	if err := u.change(ctx, to, (*hour.Hour).Book); err != nil {
		return err
	}
	return u.change(ctx, from, (*hour.Hour).Release)
}

// change changes an hour of the trainer.
func (u *Trainings) change(ctx context.Context, at time.Time, change func(*hour.Hour) error) error {
	h, err := u.hours.Get(ctx, hour.IDOf(at))
	if kit.CodeOf(err) == kit.NotFound {
		return kit.Errorf(kit.Conflict, "the hour at %s is not available", at.Format(time.RFC3339))
	}
	if err != nil {
		return err
	}
	if err := change(&h); err != nil {
		return err
	}
	return u.hours.Update(ctx, h)
}
