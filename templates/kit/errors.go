package kit

import (
	"errors"
	"fmt"
)

// Code is the kind of an error. The set is closed: transports and adapters map these
// codes and no others.
type Code string

// The codes. An error without a code is a bug, and is reported as Internal.
const (
	NotFound        Code = "not_found"       // it does not exist
	AlreadyExists   Code = "already_exists"  // it already exists
	Conflict        Code = "conflict"        // it has changed in the meantime, or something else depends on it
	Invalid         Code = "invalid"         // the request breaks a rule; retrying will not help
	Unauthenticated Code = "unauthenticated" // it is not known who the caller is
	Unauthorized    Code = "unauthorized"    // the caller is not allowed to do this
	Overloaded      Code = "overloaded"      // there are too many requests; retry later
	Unavailable     Code = "unavailable"     // a dependency is not available; retry later
	Internal        Code = "internal"        // a bug or another failure that is not the caller's fault
)

// Error is an error with a code. The message is for the caller; the cause is for the
// operator, and is only logged.
type Error struct {
	Code    Code
	Message string
	Fields  []FieldError // the invalid fields
	Cause   error
}

// FieldError describes what is wrong with a field.
type FieldError struct {
	Field   string // its name in Go, such as Lines[2].Quantity
	Message string // such as "must be more than 0"
}

// Errorf returns an error with the code and a formatted message for the caller.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap returns an error with the code, the cause, and a message for the caller.
func Wrap(code Code, cause error, message string) *Error {
	return &Error{Code: code, Message: message, Cause: cause}
}

// Error returns the message, the invalid fields, and the cause.
func (e *Error) Error() string {
	text, separator := e.Message, ": "
	for _, f := range e.Fields {
		text += separator + f.Field + " " + f.Message
		separator = "; "
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of the first *Error in the tree of err: "" if err is nil, and
// Internal if there is no *Error.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
