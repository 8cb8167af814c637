package app

import "example.com/workouts/domain/hour"

// HoursConfig is the section hours of the configuration: which hours a trainer has.
type HoursConfig struct {
	Weeks int // how many weeks ahead there are hours
	First int // the first hour of a day, in UTC
	Last  int // the last hour of a day, in UTC
}

// Check reports values that are out of range.
func (c HoursConfig) Check(report func(field, problem string)) {
	if c.Weeks < 1 {
		report("Weeks", "must be more than 0")
	}
	if c.First < 0 || c.First > c.Last || c.Last > 23 {
		report("First", "must be from 0 to last, which is at most 23")
	}
}

func (c HoursConfig) opening() hour.Opening { return hour.Opening(c) }
