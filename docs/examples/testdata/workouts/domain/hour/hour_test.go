package hour_test

import (
	"testing"
	"time"

	"example.com/workouts/domain/hour"
	"example.com/workouts/kit"
)

var (
	opening = hour.Opening{Weeks: 6, First: 12, Last: 20}
	now     = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)
)

func at(day, clock, minute int) time.Time {
	return time.Date(2026, 3, day, clock, minute, 0, 0, time.UTC)
}

func TestNewRefusesHoursThatThereAreNot(t *testing.T) {
	for name, c := range map[string]struct {
		at time.Time
		ok bool
	}{
		"the first": {at(3, 12, 0), true}, "the last": {at(3, 20, 0), true},
		"too early": {at(3, 11, 0), false}, "too late": {at(3, 21, 0), false},
		"not full": {at(3, 12, 1), false}, "past": {at(2, 9, 0), false},
		"the last week":   {now.AddDate(0, 0, 42).Truncate(24 * time.Hour).Add(-4 * time.Hour), true},
		"too far":         {now.AddDate(0, 0, 43).Truncate(24 * time.Hour).Add(12 * time.Hour), false},
		"in another zone": {at(3, 12, 0).In(time.FixedZone("", -5*3600)), true},
	} {
		if h, err := hour.New(c.at, opening, now); (err == nil) != c.ok || c.ok && h.Availability != hour.NotAvailable {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
}

func TestAvailability(t *testing.T) {
	changes := map[string]func(*hour.Hour) error{
		"open": (*hour.Hour).Open, "close": (*hour.Hour).Close, "book": (*hour.Hour).Book, "release": (*hour.Hour).Release,
	}
	for from, allowed := range map[hour.Availability]map[string]hour.Availability{
		hour.NotAvailable: {"open": hour.Available, "close": hour.NotAvailable},
		hour.Available:    {"open": hour.Available, "close": hour.NotAvailable, "book": hour.Booked},
		hour.Booked:       {"release": hour.Available},
	} {
		for name, change := range changes {
			h := hour.Hour{Availability: from, Version: 1}
			err := change(&h)
			want, ok := allowed[name]
			switch {
			case ok && (err != nil || h.Availability != want || h.Version != 2):
				t.Errorf("%s of what is %s: %+v %v", name, from, h, err)
			case !ok && (kit.CodeOf(err) != kit.Conflict || h.Availability != from || h.Version != 1):
				t.Errorf("%s of what is %s: %+v %v, want Conflict", name, from, h, err)
			}
		}
	}
}

func TestCalendarHasAllHours(t *testing.T) {
	open := hour.Hour{ID: hour.IDOf(at(4, 15, 0)), At: at(4, 15, 0), Availability: hour.Available}
	days := hour.Calendar(at(3, 8, 0), at(5, 8, 0), opening, []hour.Hour{open})
	if len(days) != 3 || days[0].Free || !days[1].Free || len(days[1].Hours) != 9 || days[1].Hours[3] != open {
		t.Errorf("%+v", days)
	}
}
