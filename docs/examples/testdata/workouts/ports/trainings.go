package ports

import (
	"context"
	"time"

	"example.com/workouts/domain/training"
	"example.com/workouts/kit"
)

// Trainings are the operations on trainings. Attendees see their own.
//
//outgrow:http /trainings
type Trainings interface {
	// Create schedules a training of the caller, and takes it off the balance.
	//
	//outgrow:scope attendee
	Create(ctx context.Context, d training.Details) (training.Training, error)
	// Get returns a training.
	Get(ctx context.Context, id kit.UUID) (training.Training, error)
	// List returns the trainings to come, the next first.
	List(ctx context.Context, page kit.Page) (kit.Listing[training.Training], error)
	// Delete cancels a training.
	Delete(ctx context.Context, id kit.UUID) error
	// Reschedule moves a training.
	Reschedule(ctx context.Context, id kit.UUID, d training.Details) (training.Training, error)
	// RequestReschedule proposes another time to the others.
	RequestReschedule(ctx context.Context, id kit.UUID, d training.Details) (training.Training, error)
	// ApproveReschedule moves a training to the time that the others have proposed.
	ApproveReschedule(ctx context.Context, id kit.UUID) (training.Training, error)
	// RejectReschedule leaves a training when it is.
	RejectReschedule(ctx context.Context, id kit.UUID) (training.Training, error)
}

// TrainingStore stores trainings.
type TrainingStore interface {
	Insert(ctx context.Context, t training.Training, events ...kit.Event) error
	Get(ctx context.Context, id kit.UUID) (training.Training, error)
	Update(ctx context.Context, t training.Training, events ...kit.Event) error
	FindByCanceledAndAtAfter(ctx context.Context, canceled bool, after time.Time, page kit.Page) (kit.Listing[training.Training], error)
	FindByAttendeeAndCanceledAndAtAfter(ctx context.Context, attendee kit.UUID, canceled bool, after time.Time, page kit.Page) (kit.Listing[training.Training], error)
}
