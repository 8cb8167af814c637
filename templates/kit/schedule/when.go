package schedule

import (
	"strings"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// grace is how late a time may be before it is one that was missed.
const grace = time.Minute

// mostRuns is how many times of one entry are made up for in one transaction.
const mostRuns = 100

// timing is the times of an entry.
type timing struct {
	times
	missed kit.Missed
}

// times tells the times of an entry.
type times interface {
	// next returns the first time after t, or zero.
	next(t time.Time) time.Time
}

// compile returns the times, or Invalid.
func compile(w kit.When) (timing, error) {
	if w.Missed < kit.MissedOnce || w.Missed > kit.MissedSkip {
		return timing{}, kit.Errorf(kit.Invalid, "there is no choice %d for times that are missed", w.Missed)
	}
	w.Time = w.Time.UTC().Truncate(time.Microsecond)
	switch {
	case w.Cron != "":
		c, err := newCron(w.Cron, w.Zone)
		return timing{c, w.Missed}, err
	case w.Every < 0 || w.Every > 0 && w.Every < time.Second:
		return timing{}, kit.Errorf(kit.Invalid, "every %v is too often: it is at least every second", w.Every)
	case w.Every > 0 && w.Time.IsZero():
		return timing{interval{time.Unix(0, 0).UTC(), w.Every}, w.Missed}, nil
	case w.Time.IsZero():
		return timing{}, kit.Errorf(kit.Invalid, "it has no time: give it one, every second or more, or a cron expression")
	case w.Time.Year() < 1970 || w.Time.Year() > 9999:
		return timing{}, kit.Errorf(kit.Invalid, "the time %s is not between the years 1970 and 9999", w.Time.Format(time.RFC3339))
	case w.Every > 0:
		return timing{interval{w.Time, w.Every}, w.Missed}, nil
	}
	return timing{once(w.Time), w.Missed}, nil
}

// first returns the first time of an entry that is made at a time.
func (t timing) first(now time.Time) time.Time {
	if at, ok := t.times.(once); ok {
		return time.Time(at)
	}
	return t.next(now)
}

// runs returns the times to emit an event for, of those from due, which it begins with, to
// now; and the last one that is done with that.
func (t timing) runs(due, now time.Time) (runs []time.Time, done time.Time) {
	if t.missed == kit.MissedEach || now.Sub(due) <= grace {
		for at := due; !at.IsZero() && !at.After(now) && len(runs) < mostRuns; at = t.next(at) {
			runs, done = append(runs, at), at
		}
		return runs, done
	}
	done = t.last(due, now)
	if t.missed == kit.MissedOnce || now.Sub(done) <= grace {
		runs = []time.Time{done}
	}
	return runs, done
}

// last returns the last time of those from due to now. It looks at the latest of them, and
// further back only if there are none.
func (t timing) last(due, now time.Time) time.Time {
	for span := time.Hour; ; span *= 8 {
		at := due
		if now.Sub(due) > span {
			at = t.next(now.Add(-span))
		}
		if at.After(now) || at.IsZero() {
			continue
		}
		for {
			later := t.next(at)
			if later.IsZero() || later.After(now) {
				return at
			}
			at = later
		}
	}
}

// once is a single time.
type once time.Time

func (o once) next(t time.Time) time.Time {
	if time.Time(o).After(t) {
		return time.Time(o)
	}
	return time.Time{}
}

// interval is a time, and every so long after it.
type interval struct {
	from  time.Time
	every time.Duration
}

func (i interval) next(t time.Time) time.Time {
	if t.Before(i.from) {
		return i.from
	}
	since := t.Sub(i.from)
	return i.from.Add(since - since%i.every + i.every)
}

// The texts of the choices for times that are missed.
var missedTexts = []string{"", "; each that is missed", "; none that is missed"}

// textOf returns the times as a text, which parse reads.
func textOf(w kit.When) string {
	if w.Every > 0 && w.Time.IsZero() {
		w.Time = time.Unix(0, 0)
	}
	from := w.Time.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
	text := "at " + from
	switch {
	case w.Cron != "":
		text = "cron " + strings.Join(strings.Fields(w.Cron), " ") + " in " + w.Zone
	case w.Every > 0:
		text = "every " + w.Every.String() + " from " + from
	}
	return text + missedTexts[w.Missed]
}

// parse reads what textOf returns.
func parse(text string) (timing, error) {
	var w kit.When
	for m := kit.MissedEach; m <= kit.MissedSkip; m++ {
		if before, ok := strings.CutSuffix(text, missedTexts[m]); ok {
			text, w.Missed = before, m
		}
	}
	kind, rest, _ := strings.Cut(text, " ")
	var err error
	switch kind {
	case "cron":
		w.Cron, w.Zone, _ = strings.Cut(rest, " in ")
	case "every":
		every, from, _ := strings.Cut(rest, " from ")
		if w.Every, err = time.ParseDuration(every); err == nil {
			w.Time, err = time.Parse(time.RFC3339Nano, from)
		}
	default:
		w.Time, err = time.Parse(time.RFC3339Nano, rest)
	}
	if err != nil {
		return timing{}, kit.Wrap(kit.Invalid, err, "cannot read the times "+text)
	}
	return compile(w)
}
