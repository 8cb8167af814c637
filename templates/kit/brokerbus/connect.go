package brokerbus

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Common is what all configurations have, in which defaults are filled in.
type Common struct {
	Field, Name string // that all names on the server begin with, and what the field is called
	URL         string

	CertFile, KeyFile          string
	Window, MaxWindow          int
	ConnectTimeout             time.Duration
	PublishTimeout, MinPublish time.Duration // 100 ms if it is 0
	Lease, MaxLease            time.Duration

	Replicas, MaxReplicas int // 0 if the broker keeps no others
	MaxAge                time.Duration
}

var prefix = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Check reports values that are out of range.
func (c Common) Check(report func(field, problem string)) {
	if !prefix.MatchString(cmp.Or(c.Name, "service")) {
		report(c.Field, "must be 1 to 64 letters, digits, - and _")
	}
	if strings.Contains(c.URL, "@") {
		report("URL", "must not contain a password; User and Password are fields of their own")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		report("CertFile", "and KeyFile go together")
	}
	if c.MaxAge != 0 && c.MaxAge < time.Minute {
		report("MaxAge", "must be at least 1m, or 0 to keep messages forever")
	}
	CheckRange(report, "Window", c.Window, 1, c.MaxWindow)
	CheckRange(report, "Replicas", c.Replicas, min(1, c.MaxReplicas), c.MaxReplicas)
	CheckRange(report, "ConnectTimeout", c.ConnectTimeout, 100*time.Millisecond, time.Minute)
	CheckRange(report, "PublishTimeout", c.PublishTimeout, cmp.Or(c.MinPublish, 100*time.Millisecond), time.Hour)
	CheckRange(report, "Lease", c.Lease, time.Second, c.MaxLease)
}

// CheckRange reports a value that is out of range.
func CheckRange[T int | time.Duration](report func(field, problem string), field string, value, least, most T) {
	if value < least || value > most {
		report(field, fmt.Sprintf("must be from %v to %v, or 0 for the default", least, most))
	}
}

var login = regexp.MustCompile(`(\w+://)?[^,]*@`)

// WithoutLogin returns URLs, which are separated by commas, without users and passwords.
func WithoutLogin(urls string) string { return login.ReplaceAllString(urls, "$1") }

// Found returns what a look at a broker has found, with the groups for which it keeps
// messages and which a version of the service does not have, if it is known which it has.
// waiting tells how many there are, if it can.
func Found(found string, kept, have []string, waiting func() (map[string]int, error)) string {
	kept = slices.DeleteFunc(slices.Sorted(slices.Values(kept)), func(group string) bool { return slices.Contains(have, group) })
	if len(have) == 0 || len(kept) == 0 {
		return found
	}
	if all, err := waiting(); err == nil {
		for i, group := range kept {
			kept[i] = fmt.Sprintf("%s (%d waiting)", group, all[group])
		}
	}
	return found + "; events are kept for groups that this version of the service does not have, until they are given up (kit/docs/bus.md says how): " +
		strings.Join(kept, ", ")
}

// AtLeast reports whether a server's version is major.minor or later, or unknown.
func AtLeast(version string, major, minor int) bool {
	var a, b int
	if _, err := fmt.Sscanf(version, "%d.%d", &a, &b); err != nil {
		return true
	}
	return a > major || a == major && b >= minor
}
