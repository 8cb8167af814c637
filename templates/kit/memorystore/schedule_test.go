package memorystore

import (
	"context"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
	"github.com/outgrowkit/outgrow/templates/kit/scheduletest"
)

func TestSchedule(t *testing.T) {
	scheduletest.Run(t, func(_ *testing.T, codec kit.EventCodec) scheduletest.Database {
		db := New(codec)
		return timed{db, NewSchedule(db)}
	})
}

// timed is a database with a schedule.
type timed struct {
	*DB
	entries *Schedule
}

func (d timed) Schedule(context.Context) (schedule.Store, error) { return d.entries, nil }
