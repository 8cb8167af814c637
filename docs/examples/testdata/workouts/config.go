package main

import "example.com/workouts/app"

// Config has every key of the configuration: those of Derived, and the service's own.
type Config struct {
	Derived
	Hours app.HoursConfig
}
