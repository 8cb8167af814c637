package kit

import (
	"fmt"
	"math"
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
