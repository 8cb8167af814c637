package kit

import (
	"errors"
	"fmt"
	"strings"
)

// Code says what kind of error occurred. The vocabulary is closed: every
// transport and adapter maps these codes, and nothing else.
type Code string

// The codes. An error without one is a defect, and is reported as Internal.
const (
	NotFound      Code = "not_found"      // there is no such thing
	AlreadyExists Code = "already_exists" // there is one already
	Conflict      Code = "conflict"       // it has changed in the meantime
	Invalid       Code = "invalid"        // the request breaks a rule; asking again will not help
	Unauthorized  Code = "unauthorized"   // who asks may not do this
	Overloaded    Code = "overloaded"     // too much at once; ask again later
	Unavailable   Code = "unavailable"    // a dependency does not answer; ask again later
	Internal      Code = "internal"       // a defect: not the caller's fault
)

// Error is an error with a code. The message is for the caller; the cause is
// for the operator and never leaves the process.
type Error struct {
	Code    Code
	Message string
	Fields  []FieldError // which fields are invalid, each with its reason
	Cause   error
}

// FieldError says what is wrong with one field, by its name in Go.
type FieldError struct {
	Field   string
	Message string
}

// Errorf returns an error with the code and a formatted message for the caller.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with the code, a message for the caller, and the cause
// for the operator.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Error returns the message, the invalid fields, and the cause.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Message)
	for i, f := range e.Fields {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString("; ")
		}
		b.WriteString(f.Field + " " + f.Message)
	}
	if e.Cause != nil {
		b.WriteString(": " + e.Cause.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether target is an *Error of the same code and without a
// message, so that errors.Is(err, &Error{Code: NotFound}) asks for the code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Message == "" && t.Code == e.Code
}

// CodeOf returns the code of the first *Error in err's tree, "" for nil and
// Internal where there is none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
