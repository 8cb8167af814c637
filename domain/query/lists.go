package query

import "github.com/outgrowkit/outgrow/domain/model"

// element is a field of the elements of a list that have a table of their own. Names of
// methods call it by both: LinesProduct is the field Product of the elements of Lines.
type element struct {
	of    *model.Field
	field model.Field
}

// elementsOf returns the elements of an entity by the names that methods call them by, and
// these as fields.
func elementsOf(entity *model.Struct) (elements map[string]element, named []model.Field) {
	elements = map[string]element{}
	for i := range entity.Fields {
		list := &entity.Fields[i]
		if list.Table == "" {
			continue
		}
		for _, f := range list.Type.Elem.Struct.Fields {
			elements[list.Name+f.Name] = element{list, f}
			named = append(named, model.Field{Name: list.Name + f.Name, Type: f.Type, Table: list.Table})
		}
	}
	return elements, named
}

// Name is what the names of methods call the field.
func (b By) Name() string {
	if b.Of != nil {
		return b.Of.Name + b.Field.Name
	}
	return b.Field.Name
}

// ofLists returns a list whose elements the alternatives compare, and one that an
// alternative compares twice; "" if there is none.
func ofLists(alternatives [][]By) (list, twice string) {
	for _, conditions := range alternatives {
		seen := map[string]bool{}
		for _, b := range conditions {
			if b.Of == nil {
				continue
			}
			list = b.Of.Name
			if seen[list] {
				twice = list
			}
			seen[list] = true
		}
	}
	return list, twice
}
