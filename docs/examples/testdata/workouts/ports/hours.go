package ports

import (
	"context"
	"time"

	"example.com/workouts/domain/hour"
	"example.com/workouts/kit"
)

// Hours is the trainer's calendar.
//
//outgrow:http /hours
type Hours interface {
	// GetCalendar returns the days from one to another.
	GetCalendar(ctx context.Context, from, to time.Time) ([]hour.Day, error)
	// Open makes hours available. The error is Unauthorized unless a trainer calls.
	//
	//outgrow:scope trainer
	Open(ctx context.Context, hours []time.Time) error
	// Close makes hours unavailable, as Open makes them available.
	//
	//outgrow:scope trainer
	Close(ctx context.Context, hours []time.Time) error
}

// HourStore stores hours.
type HourStore interface {
	Insert(ctx context.Context, h hour.Hour, events ...kit.Event) error
	Get(ctx context.Context, id kit.UUID) (hour.Hour, error)
	Update(ctx context.Context, h hour.Hour, events ...kit.Event) error
	FindByAtBetween(ctx context.Context, from, to time.Time, page kit.Page) (kit.Listing[hour.Hour], error)
}
