package kit

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Violations collects what is wrong with the fields of one value.
type Violations []FieldError

// Add notes that the field breaks a rule.
func (v *Violations) Add(field, format string, args ...any) {
	*v = append(*v, FieldError{Field: field, Message: fmt.Sprintf(format, args...)})
}

// Err returns nil where nothing is wrong, otherwise an Invalid error that names
// every field.
func (v Violations) Err(subject string) error {
	if len(v) == 0 {
		return nil
	}
	return &Error{Code: Invalid, Message: "invalid " + subject, Fields: v}
}

// Line notes a line of text that is blank, longer than 200 characters, or holds
// control characters.
func (v *Violations) Line(field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		v.Add(field, "must not be blank")
	case utf8.RuneCountInString(s) > 200:
		v.Add(field, "must not be longer than 200 characters")
	case strings.ContainsFunc(s, unicode.IsControl):
		v.Add(field, "must not hold control characters")
	}
}

// Text notes a text that is blank or longer than 10,000 characters.
func (v *Violations) Text(field, s string) {
	switch {
	case strings.TrimSpace(s) == "":
		v.Add(field, "must not be blank")
	case utf8.RuneCountInString(s) > 10_000:
		v.Add(field, "must not be longer than 10,000 characters")
	}
}

// Finite notes a number that is infinite or none.
func (v *Violations) Finite(field string, f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		v.Add(field, "must be a finite number")
	}
}

// Required notes a field that is missing.
func (v *Violations) Required(field string, missing bool) {
	if missing {
		v.Add(field, "is required")
	}
}
