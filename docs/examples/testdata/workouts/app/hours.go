package app

import (
	"context"
	"time"

	"example.com/workouts/domain/hour"
	"example.com/workouts/domain/user"
	"example.com/workouts/kit"
	"example.com/workouts/ports"
)

// Hours implements ports.Hours.
type Hours struct {
	config HoursConfig
	tx     kit.Transactor
	store  ports.HourStore
	clock  kit.Clock
}

// NewHours returns the use cases of hours.
func NewHours(c HoursConfig, tx kit.Transactor, store ports.HourStore, clock kit.Clock) *Hours {
	return &Hours{c, tx, store, clock}
}

// GetCalendar returns the days from one to another.
func (u *Hours) GetCalendar(ctx context.Context, from, to time.Time) ([]hour.Day, error) {
	if to.Sub(from) > 100*24*time.Hour {
		return nil, kit.Errorf(kit.Invalid, "at most 100 days can be asked for")
	}
	var known []hour.Hour
	for page := (kit.Page{Limit: 1000}); ; {
		found, err := u.store.FindByAtBetween(ctx, from, to.AddDate(0, 0, 1), page)
		if err != nil {
			return nil, err
		}
		known = append(known, found.Items...)
		if page.After = found.Next; found.Next.IsZero() {
			return hour.Calendar(from, to, u.config.opening(), known), nil
		}
	}
}

// Open makes hours available.
func (u *Hours) Open(ctx context.Context, hours []time.Time) error {
	return u.change(ctx, hours, (*hour.Hour).Open)
}

// Close makes hours unavailable.
func (u *Hours) Close(ctx context.Context, hours []time.Time) error {
	return u.change(ctx, hours, (*hour.Hour).Close)
}

// change changes all hours, or none.
func (u *Hours) change(ctx context.Context, hours []time.Time, change func(*hour.Hour) error) error {
	if _, err := ports.Caller(ctx, user.Trainer); err != nil {
		return err
	}
	return u.tx.Within(ctx, func(ctx context.Context) error {
		for _, at := range hours {
			if err := u.changeOne(ctx, at, change); err != nil {
				return err
			}
		}
		return nil
	})
}

func (u *Hours) changeOne(ctx context.Context, at time.Time, change func(*hour.Hour) error) error {
	made, err := hour.New(at, u.config.opening(), u.clock.Now())
	if err != nil {
		return err
	}
	h, err := u.store.Get(ctx, made.ID)
	put := u.store.Update
	if kit.CodeOf(err) == kit.NotFound {
		h, put, err = made, u.store.Insert, nil
	}
	if err != nil {
		return err
	}
	if err := change(&h); err != nil {
		return err
	}
	return put(ctx, h)
}
