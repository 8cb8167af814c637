package constraint

import "github.com/outgrowkit/outgrow/templates/kit"

// Field is a field that has the key of an entity.
type Field struct {
	Name string // as errors name it
	Of   string // what messages call the entity: "customer"
}

// Missing returns the error for an entity that refers to one that is not there.
func Missing(entity string, by Field, cause error) error {
	message := "the " + by.Of + " that the " + entity + " refers to is not there"
	if by.Of == entity {
		message = "the " + entity + " refers to another one that is not there"
	}
	return &kit.Error{
		Code: kit.Invalid, Message: message, Cause: cause,
		Fields: []kit.FieldError{{Field: by.Name, Message: "refers to no " + by.Of}},
	}
}

// Kept returns the error for the deletion of an entity that another one refers to.
func Kept(entity, by string, cause error) error {
	if by == entity {
		by = "other " + by
	}
	return kit.Wrap(kit.Conflict, cause, "the "+entity+" cannot be deleted: at least one "+by+" refers to it")
}
