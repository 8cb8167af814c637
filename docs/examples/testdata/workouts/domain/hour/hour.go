// Package hour defines the hours of a trainer, and in which of them trainings take place.
package hour

import (
	"encoding/binary"
	"slices"
	"time"

	"example.com/workouts/kit"
)

// Hour is an hour of the trainer.
type Hour struct {
	ID           kit.UUID // that of the time: see IDOf
	At           time.Time
	Availability Availability
	Version      int64
}

// Availability says what can be done with an hour.
type Availability string

// The values of Availability.
const (
	NotAvailable Availability = "not_available"
	Available    Availability = "available"
	Booked       Availability = "booked" // there is a training
)

// Opening says which hours there are.
type Opening struct {
	Weeks       int // from now on
	First, Last int // of a day, in UTC
}

// Day is a day of the trainer's calendar.
type Day struct {
	Date  time.Time
	Free  bool // one of the hours is available
	Hours []Hour
}

// IDOf returns the ID of the hour at a time: there is one.
func IDOf(at time.Time) kit.UUID {
	var id kit.UUID
	binary.BigEndian.PutUint64(id[8:], uint64(at.Unix()))
	return id
}

// New returns an hour that is not available yet. The error is Invalid if there is no such
// hour.
func New(at time.Time, o Opening, now time.Time) (Hour, error) {
	var v kit.Violations
	switch clock := at.UTC().Hour(); {
	case !at.Equal(at.Truncate(time.Hour)):
		v.Add("At", "must be a full hour")
	case !at.After(now):
		v.Add("At", "must not be past")
	case at.After(now.AddDate(0, 0, 7*o.Weeks)):
		v.Add("At", "must be within %d weeks", o.Weeks)
	case clock < o.First || clock > o.Last:
		v.Add("At", "must be from %d to %d o'clock, UTC", o.First, o.Last)
	}
	return Hour{ID: IDOf(at), At: at.UTC(), Availability: NotAvailable}, v.Err("hour")
}

// Open makes the hour available. The error is Conflict if there is a training.
func (h *Hour) Open() error { return h.become(Available, NotAvailable, Available) }

// Close makes the hour unavailable. The error is Conflict if there is a training.
func (h *Hour) Close() error { return h.become(NotAvailable, NotAvailable, Available) }

// Book is for a training. The error is Conflict if the hour is not available.
func (h *Hour) Book() error { return h.become(Booked, Available) }

// Release makes the hour of a training available. The error is Conflict if there is none.
func (h *Hour) Release() error { return h.become(Available, Booked) }

// become changes the availability, which must be one of the others.
func (h *Hour) become(to Availability, from ...Availability) error {
	if !slices.Contains(from, h.Availability) {
		return kit.Errorf(kit.Conflict, "the hour at %s is %s", h.At.Format(time.RFC3339), h.Availability)
	}
	h.Availability = to
	h.Version++
	return nil
}

// Calendar returns the days from one to another, with all hours that there are. Those that
// are not known are not available.
func Calendar(from, to time.Time, o Opening, known []Hour) []Day {
	byID := map[kit.UUID]Hour{}
	for _, h := range known {
		byID[h.ID] = h
	}
	var days []Day
	for date := from.UTC().Truncate(24 * time.Hour); !date.After(to); date = date.AddDate(0, 0, 1) {
		day := Day{Date: date}
		for clock := o.First; clock <= o.Last; clock++ {
			at := date.Add(time.Duration(clock) * time.Hour)
			h, ok := byID[IDOf(at)]
			if !ok {
				h = Hour{ID: IDOf(at), At: at, Availability: NotAvailable}
			}
			day.Hours = append(day.Hours, h)
			day.Free = day.Free || h.Availability == Available
		}
		days = append(days, day)
	}
	return days
}
