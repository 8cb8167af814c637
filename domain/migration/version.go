package migration

import "time"

// draws is how many versions there are in a second.
const draws = 1000

// Version returns the version of a migration that is made at a time: the time in UTC to
// the second, and three digits that were drawn, from 0 to 999. Two branches give their
// migrations the same version only if both are made in one second and draw the same.
func Version(at time.Time, drawn int) int {
	at = at.UTC()
	day := (at.Year()*100+int(at.Month()))*100 + at.Day()
	second := (at.Hour()*100+at.Minute())*100 + at.Second()
	return (day*1_000_000+second)*draws + drawn
}

// Next returns the version of a migration that is to be applied after those up to the
// highest one, given the version of now. A clock may be wrong.
func Next(highest, now int) int {
	if now > highest {
		return now
	}
	return highest + 1 + now%draws
}
