package kit

import (
	"context"
	"time"
)

// Schedule emits events at times to come. It keeps entries in the store: each has a name, a
// time or several, and an event, which goes into the outbox when it is due, once across all
// processes, and is delivered as any other. An event that is a DueEvent is told when it was
// due.
//
// All methods may be called concurrently.
type Schedule interface {
	// Set has an event emitted when it is due. It replaces the entry with the name, which
	// begins anew. If ctx is in a transaction, it does so if and only if that commits. The
	// error is Invalid for a name that is empty or longer than 200 bytes, for times that
	// cannot be, and for an event of an unknown type.
	Set(ctx context.Context, name string, when When, e Event) error

	// Cancel removes the entry with the name, in the transaction of ctx if there is one. It
	// is no error if there is none, as after its last event.
	Cancel(ctx context.Context, name string) error
}

// DueEvent is an event that is told when it was due. That is before it was emitted: by
// little, or by as long as no process was running.
type DueEvent interface {
	Event
	// DueAt returns the event with the time, in UTC, in it.
	DueAt(due time.Time) Event
}

// When says at which times an event is due. At, Every and Cron return one.
type When struct {
	Time   time.Time     // the one time or, with Every, one of the times
	Every  time.Duration // between two times
	Cron   string        // an expression
	Zone   string        // of the expression
	Missed Missed
}

// At is a time, once. One that is past is due at once.
func At(t time.Time) When { return When{Time: t} }

// Every is a time, and every so long after it. A zero time stands for the beginning of
// 1970, in UTC: every hour is on the hour. The duration is at least a second.
func Every(d time.Duration, from time.Time) When { return When{Every: d, Time: from} }

// Cron is the times of a cron expression of five fields (minute, hour, day of the month,
// month, day of the week) by the clocks of a time zone, such as Europe/Berlin or UTC.
//
// Where clocks are set forward, what is due in the hour that is missing is due at its end.
// Where they are set back, what is due in the hour that comes twice is due the first time.
// If the field of the hour is *, the entry goes on through both instead, as every so many
// minutes does.
func Cron(expression, zone string) When { return When{Cron: expression, Zone: zone} }

// IfMissed returns the times with a choice of what becomes of those that are missed.
func (w When) IfMissed(m Missed) When {
	w.Missed = m
	return w
}

// Missed says what becomes of times that have passed by more than a minute while nothing
// was running.
type Missed int

// The choices for times that were missed.
const (
	MissedOnce Missed = iota // of all of them, the last one is made up for
	MissedEach               // each is made up for
	MissedSkip               // none is
)
