package schedule

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// anyWhen generates times that can be.
func anyWhen(t *rapid.T) kit.When {
	at := time.UnixMicro(rapid.Int64Range(0, 1<<51).Draw(t, "time"))
	when := []kit.When{
		kit.At(at),
		kit.Every(time.Duration(rapid.Int64Range(1e9, 1e15).Draw(t, "every")), at),
		kit.Every(time.Minute, time.Time{}),
		kit.Cron("*/5  9-17 * * mon-fri", rapid.SampledFrom(zones).Draw(t, "zone")),
	}
	return rapid.SampledFrom(when).Draw(t, "when").IfMissed(kit.Missed(rapid.IntRange(0, 2).Draw(t, "missed")))
}

// TestTextsOfTimes shows that what is read of the text of an entry has the times that it was
// written of.
func TestTextsOfTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		when, now := anyWhen(t), time.UnixMicro(rapid.Int64Range(0, 1<<51).Draw(t, "now"))
		written, err := compile(when)
		if err != nil {
			t.Fatal(err)
		}
		read, err := parse(textOf(when))
		if err != nil {
			t.Fatal(err)
		}
		if read.missed != written.missed || !read.first(now).Equal(written.first(now)) || !read.next(now).Equal(written.next(now)) {
			t.Errorf("%s: read %+v, want %+v", textOf(when), read, written)
		}
	})
}

// TestRuns compares what is made up for with what somebody finds who goes from time to time.
func TestRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := time.Duration(rapid.IntRange(1, 200).Draw(t, "every")) * time.Second
		from := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
		missed := kit.Missed(rapid.IntRange(0, 2).Draw(t, "missed"))
		timing, err := compile(kit.Every(every, from).IfMissed(missed))
		if err != nil {
			t.Fatal(err)
		}
		now := from.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "late")) * time.Second)
		var all []time.Time
		for at := from; !at.After(now); at = at.Add(every) {
			all = append(all, at)
		}
		var want []time.Time
		done := all[len(all)-1]
		switch {
		case missed == kit.MissedEach || now.Sub(from) <= grace:
			want = all[:min(len(all), mostRuns)]
			done = want[len(want)-1]
		case missed == kit.MissedOnce || now.Sub(done) <= grace:
			want = all[len(all)-1:]
		}
		runs, last := timing.runs(from, now)
		if !slices.Equal(runs, want) || !last.Equal(done) {
			t.Errorf("every %v, after %v: %v and done %v, want %v and %v", every, now.Sub(from), runs, last, want, done)
		}
	})
}

// TestYearsAreSkippedQuickly shows that what is missed for long is not looked at one by one.
func TestYearsAreSkippedQuickly(t *testing.T) {
	for _, when := range []kit.When{kit.Every(time.Second, time.Time{}), kit.Cron("* * * * *", "Europe/Berlin"), kit.Cron("0 0 1 1 *", "UTC")} {
		looked := 0
		timing, err := compile(when)
		if err != nil {
			t.Fatal(err)
		}
		timing.times = counted{timing.times, &looked}
		due := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		now := due.AddDate(25, 6, 0)
		runs, _ := timing.runs(due, now)
		if len(runs) != 1 || runs[0].After(now) || timing.next(runs[0]).Before(now) || looked > 4000 {
			t.Errorf("%s: made up for %v, after %d looks", textOf(when), runs, looked)
		}
	}
}

type counted struct {
	times
	looked *int
}

func (c counted) next(t time.Time) time.Time {
	*c.looked++
	return c.times.next(t)
}
