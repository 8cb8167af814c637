package brokerbus

import (
	"fmt"
	"regexp"
	"time"
)

// Period is a field of a configuration, and its range.
type Period struct {
	Field           string
	Value, Min, Max time.Duration
}

// CheckPeriods reports those that are out of range.
func CheckPeriods(report func(field, problem string), all ...Period) {
	for _, p := range all {
		if p.Value < p.Min || p.Value > p.Max {
			report(p.Field, fmt.Sprintf("must be from %v to %v, or 0 for the default", p.Min, p.Max))
		}
	}
}

var login = regexp.MustCompile(`(\w+://)?[^,]*@`)

// WithoutLogin returns URLs, which are separated by commas, without users and passwords.
func WithoutLogin(urls string) string { return login.ReplaceAllString(urls, "$1") }

// AtLeast reports whether a server's version is major.minor or later, or unknown.
func AtLeast(version string, major, minor int) bool {
	var a, b int
	if _, err := fmt.Sscanf(version, "%d.%d", &a, &b); err != nil {
		return true
	}
	return a > major || a == major && b >= minor
}
