package constraint_test

import (
	"errors"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
)

// TestMessages tests that messages are English for every name of an entity.
func TestMessages(t *testing.T) {
	of := func(entity string) constraint.Field { return constraint.Field{Name: "For", Of: entity} }
	for want, err := range map[string]error{
		"the invoice that the order refers to is not there":                        constraint.Missing("order", of("invoice"), nil),
		"the category refers to another one that is not there":                     constraint.Missing("category", of("category"), nil),
		"the invoice cannot be deleted: at least one order refers to it":           constraint.Kept("invoice", "order", nil),
		"the category cannot be deleted: at least one other category refers to it": constraint.Kept("category", "category", nil),
	} {
		if e, ok := errors.AsType[*kit.Error](err); !ok || e.Message != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
