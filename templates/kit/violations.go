package kit

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Violations collects what is wrong with the fields of a value.
type Violations []FieldError

// Add adds a violation. The message completes a sentence, as in "must be more than 0".
func (v *Violations) Add(field, format string, args ...any) {
	*v = append(*v, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Err returns nil if there are no violations, otherwise an Invalid error that lists them.
// The subject, such as "order", is what its message calls the value.
func (v Violations) Err(subject string) error {
	if len(v) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Message: "invalid " + subject, Fields: v}
}

// Line adds a violation if s is blank, is longer than 200 characters, or contains control
// characters.
func (v *Violations) Line(field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		v.Add(field, "must not be blank")
	case utf8.RuneCountInString(s) > 200:
		v.Add(field, "must not be longer than 200 characters")
	case strings.ContainsFunc(s, unicode.IsControl):
		v.Add(field, "must not contain control characters")
	}
}

// Text adds a violation if s is blank or longer than 10,000 characters.
func (v *Violations) Text(field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		v.Add(field, "must not be blank")
	case utf8.RuneCountInString(s) > 10_000:
		v.Add(field, "must not be longer than 10,000 characters")
	}
}

// Length adds a violation if s has fewer or more characters than that.
func (v *Violations) Length(field, s string, least, most int) {
	if n := utf8.RuneCountInString(s); n < least || n > most {
		v.Add(field, "must have %d to %d characters", least, most)
	}
}

// Range adds a violation if n is less or more than that. math.MinInt64 and math.MaxInt64 are
// no limits.
func (v *Violations) Range(field string, n, least, most int64) {
	switch {
	case n >= least && n <= most:
	case most == math.MaxInt64:
		v.Add(field, "must be at least %d", least)
	case least == math.MinInt64:
		v.Add(field, "must be at most %d", most)
	default:
		v.Add(field, "must be from %d to %d", least, most)
	}
}

// Match adds a violation if s does not match the pattern.
func (v *Violations) Match(field, s string, pattern *regexp.Regexp) {
	if !pattern.MatchString(s) {
		v.Add(field, "must match %s", pattern)
	}
}

// Finite adds a violation if f is infinite or NaN.
func (v *Violations) Finite(field string, f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		v.Add(field, "must be a finite number")
	}
}

// Required adds a violation if the field is missing.
func (v *Violations) Required(field string, missing bool) {
	if missing {
		v.Add(field, "is required")
	}
}
