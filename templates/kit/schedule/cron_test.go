package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// zones are those whose clocks change in different ways: at two, at midnight, by half an
// hour, twice around a month of fasting, by a whole day, and not at all.
var zones = []string{
	"Europe/Berlin", "Europe/London", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Beirut",
	"Africa/Casablanca", "Pacific/Apia", "Asia/Kathmandu", "UTC",
}

// field is a field of an expression, and the numbers that it stands for.
type field struct {
	text string
	has  func(n int) bool
}

var star = field{"*", func(int) bool { return true }}

// fieldOf generates a field for numbers in a range.
func fieldOf(t *rapid.T, name string, from, to int) field {
	switch rapid.IntRange(0, 3).Draw(t, name+" is") {
	case 0:
		return star
	case 1:
		step := rapid.IntRange(2, (to-from)/2).Draw(t, name+" step")
		return field{fmt.Sprintf("*/%d", step), func(n int) bool { return (n-from)%step == 0 }}
	case 2:
		first := rapid.IntRange(from, to).Draw(t, name+" first")
		last := rapid.IntRange(first, to).Draw(t, name+" last")
		return field{fmt.Sprintf("%d-%d", first, last), func(n int) bool { return first <= n && n <= last }}
	}
	list := rapid.SliceOfN(rapid.IntRange(from, to), 1, 3).Draw(t, name)
	return field{strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]"), func(n int) bool { return slices.Contains(list, n) }}
}

// change generates a time at which the clocks of a zone are set, or some time.
func change(t *rapid.T, zone *time.Location) time.Time {
	at := time.Date(rapid.IntRange(2009, 2030).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 15, 0, 0, 0, 0, zone)
	if _, end := at.ZoneBounds(); !end.IsZero() {
		return end
	}
	return at
}

// TestCronAtChangesOfClocks compares the times of expressions around changes of clocks with
// those that somebody finds who looks at the clock in every minute.
func TestCronAtChangesOfClocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		minute, hour, weekday := fieldOf(t, "minute", 0, 59), fieldOf(t, "hour", 0, 23), star
		if rapid.Bool().Draw(t, "some weekdays") {
			weekday = fieldOf(t, "weekday", 0, 6)
		}
		expression := strings.Join([]string{minute.text, hour.text, "*", "*", weekday.text}, " ")
		c, err := newCron(expression, zone.String())
		if err != nil {
			t.Fatal(err)
		}
		matches := func(wall time.Time) bool {
			return minute.has(wall.Minute()) && hour.has(wall.Hour()) && weekday.has(int(wall.Weekday()))
		}
		from := change(t, zone).Add(-36 * time.Hour).Truncate(time.Minute)
		until := from.Add(80 * time.Hour)
		want := watch(from, until, zone, hour.text == "*", matches)
		for at := c.next(from); !at.IsZero() && at.Before(until); at = c.next(at) {
			if len(want) == 0 || !at.Equal(want[0]) {
				t.Fatalf("%s in %s: got %v, want the next of %v", expression, zone, at.In(zone), want)
			}
			want = want[1:]
		}
		if len(want) > 0 {
			t.Fatalf("%s in %s: %v are missing", expression, zone, want)
		}
	})
}

// watch returns what is due after a time and before another, by looking at the clock.
func watch(from, until time.Time, zone *time.Location, hourly bool, matches func(wall time.Time) bool) (due []time.Time) {
	var latest time.Time // that the clock has shown
	for at := from.Add(-24 * time.Hour); at.Before(until); at = at.Add(time.Minute) {
		_, offset := at.In(zone).Zone()
		wall := at.UTC().Add(time.Duration(offset) * time.Second)
		isDue := matches(wall)
		if !hourly && !latest.IsZero() {
			if !wall.After(latest) {
				isDue = false // it has been shown before
			}
			for missing := latest.Add(time.Minute); missing.Before(wall); missing = missing.Add(time.Minute) {
				isDue = isDue || matches(missing)
			}
		}
		if wall.After(latest) {
			latest = wall
		}
		if isDue && at.After(from) {
			due = append(due, at.In(zone))
		}
	}
	return due
}

// TestCronInSpringAndAutumn shows what page docs/schedule.md says.
func TestCronInSpringAndAutumn(t *testing.T) {
	berlin := []string{"2026-03-28T23:59:00+01:00", "2026-10-24T23:59:00+02:00"}
	for _, test := range []struct {
		expression, zone, from string
		want                   []string
	}{
		{"30 2 * * *", "Europe/Berlin", berlin[0], []string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"30 2 * * *", "Europe/Berlin", berlin[1], []string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		{"*/30 1-2 * * *", "Europe/Berlin", berlin[0], []string{"2026-03-29T01:00:00+01:00", "2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-30T01:00:00+02:00"}},
		{"0 * * * *", "Europe/Berlin", "2026-10-25T01:30:00+02:00", []string{"2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"*/30 * * * *", "Europe/Berlin", "2026-03-29T01:00:00+01:00", []string{"2026-03-29T01:30:00+01:00", "2026-03-29T03:00:00+02:00"}},
		{"15 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00-03:00", []string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:15:00-02:00"}},
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00+10:30", []string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"0 9 30 * *", "Pacific/Apia", "2011-12-28T12:00:00-10:00", []string{"2011-12-31T00:00:00+14:00", "2012-01-30T09:00:00+14:00"}},
		{"0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
	} {
		c, err := newCron(test.expression, test.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := time.Parse(time.RFC3339, test.from)
		for _, want := range test.want {
			if at = c.next(at); at.In(c.zone).Format(time.RFC3339) != want {
				t.Errorf("%s in %s after %s: %s, want %s", test.expression, test.zone, test.from, at.In(c.zone).Format(time.RFC3339), want)
			}
		}
	}
}

func TestWhatCannotBe(t *testing.T) {
	for says, when := range map[string]kit.When{
		"does not have five fields":         kit.Cron("0 2 * *", "UTC"),
		"five fields":                       kit.Cron("TZ=UTC 0 2 * * *", "UTC"),
		"five fields: ":                     kit.Cron("TZ=UTC 2 * * *", "UTC"),
		"day of the week":                   kit.Cron("@daily", "UTC"),
		"cannot be read":                    kit.Cron("60 2 * * *", "UTC"),
		"is never due":                      kit.Cron("0 2 30 2 *", "UTC"),
		"needs a time zone":                 kit.Cron("0 2 * * *", ""),
		"machines differ":                   kit.Cron("0 2 * * *", "Local"),
		"there is no time zone Europe/Bern": kit.Cron("0 2 * * *", "Europe/Bern"),
		"no time zone ../UTC":               kit.Cron("0 2 * * *", "../UTC"),
		"every 10ms is too often":           kit.Every(10*time.Millisecond, time.Time{}),
		"every -1h0m0s":                     kit.Every(-time.Hour, time.Time{}),
		"it has no time":                    kit.At(time.Time{}),
		"is not between":                    kit.At(time.Time{}.AddDate(1, 0, 0)),
		"years 1970 and 9999":               kit.At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
		"no choice 3":                       kit.At(time.Now()).IfMissed(3),
	} {
		_, err := compile(when)
		if kit.CodeOf(err) != kit.Invalid || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want Invalid with %q", when, err, says)
		}
	}
}
