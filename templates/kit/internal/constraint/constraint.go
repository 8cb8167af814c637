// Package constraint is how stores tell of a row that breaks a constraint.
package constraint

import "github.com/outgrowkit/outgrow/templates/kit"

// Taken returns the error for an entity that is like another one in the fields.
func Taken(entity string, fields []string, cause error) error {
	message := "is already that of another " + entity
	if len(fields) > 1 {
		message += ", together with the others"
	}
	err := kit.Errorf(kit.AlreadyExists, "there is already one such %s", entity)
	err.Cause = cause
	for _, f := range fields {
		err.Fields = append(err.Fields, kit.FieldError{Field: f, Message: message})
	}
	return err
}
