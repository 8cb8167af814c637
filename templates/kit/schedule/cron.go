package schedule

import (
	"strings"
	"time"
	_ "time/tzdata" // an image may have no time zones

	"github.com/netresearch/go-cron"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// cronTimes are those of an expression in a time zone.
//
// The parser's Next is asked in UTC alone, for what the clocks on the wall show: at changes
// of a time zone it returns times twice, or none. What is made of such a change is here.
type cronTimes struct {
	wall   cron.Schedule
	zone   *time.Location
	hourly bool // the field of the hour is *
}

// zeroOfClocks is where the search for whether an expression is ever due begins.
var zeroOfClocks = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// newCron returns the times of an expression, or Invalid.
func newCron(expression, zone string) (c cronTimes, err error) {
	fields := strings.Fields(expression)
	if len(fields) != 5 || strings.Contains(fields[0], "=") {
		return c, kit.Errorf(kit.Invalid, "the cron expression %q does not have five fields: minute, hour, day of the month, month, day of the week", expression)
	}
	c.hourly = fields[1] == "*"
	if c.wall, err = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow).Parse(expression); err != nil {
		return c, kit.Wrap(kit.Invalid, err, "the cron expression "+expression+" cannot be read")
	}
	if c.wall.Next(zeroOfClocks).IsZero() {
		return c, kit.Errorf(kit.Invalid, "the cron expression %q is never due", expression)
	}
	if zone == "" || zone == "Local" {
		return c, kit.Errorf(kit.Invalid, "the cron expression %q needs a time zone, such as UTC or Europe/Berlin: machines differ in theirs", expression)
	}
	if c.zone, err = time.LoadLocation(zone); err != nil {
		return c, kit.Errorf(kit.Invalid, "there is no time zone %s", zone)
	}
	return c, nil
}

// next goes from one change of the zone to the next, and looks at the clocks in between.
func (c cronTimes) next(t time.Time) time.Time {
	for wall := c.wallFrom(t); ; {
		_, offset := t.In(c.zone).Zone()
		_, end := t.In(c.zone).ZoneBounds()
		wall = c.wall.Next(wall)
		if wall.IsZero() {
			return wall
		}
		at := wall.Add(-seconds(offset))
		if end.IsZero() || at.Before(end) {
			return at
		}
		_, after := end.In(c.zone).Zone()
		if !c.hourly && wall.Before(end.Add(seconds(after))) {
			return end // the clocks are set forward, past it
		}
		t, wall = end, c.wallFrom(end).Add(-time.Nanosecond)
	}
}

// wallFrom returns what the clocks on the wall show at a time, as a time in UTC. Where they
// were set back, and are where they have been before, that is when they were: what was due
// then was due the first time.
func (c cronTimes) wallFrom(t time.Time) time.Time {
	_, offset := t.In(c.zone).Zone()
	wall := t.UTC().Add(seconds(offset))
	start, _ := t.In(c.zone).ZoneBounds()
	if c.hourly || start.IsZero() {
		return wall
	}
	_, before := start.Add(-1).In(c.zone).Zone()
	if back := start.UTC().Add(seconds(before)); wall.Before(back) {
		return back.Add(-time.Nanosecond)
	}
	return wall
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
