package model

import (
	"slices"
	"strings"
)

// IsFilter reports whether a type is a filter: a struct whose name ends with Filter, each
// field of which is a pointer to what it asks for, or a slice; nil does not ask.
func (t *Type) IsFilter() bool {
	return t.Kind == Record && strings.HasSuffix(t.Struct.Name.Name, "Filter") &&
		!slices.ContainsFunc(t.Struct.Fields, func(f Field) bool {
			return f.Type.Kind != Pointer && f.Type.Kind != Slice || !f.Type.Elem.IsScalar()
		})
}

// Value returns the type of what a pointer is to, and any other type itself.
func (t *Type) Value() *Type {
	if t.Kind == Pointer {
		return t.Elem
	}
	return t
}

// IsSort reports whether a type is an order of what a filter finds: an enumeration whose
// name ends with Sort.
func (t *Type) IsSort() bool { return len(t.Values) > 0 && strings.HasSuffix(t.Name.Name, "Sort") }

// IsScalar reports whether a type does not consist of others.
func (t *Type) IsScalar() bool {
	switch t.Kind {
	case Slice, Map, Pointer, Record, Page, Listing, Events, Sequence, Reader:
		return false
	}
	return true
}

// IsPatch reports whether a type is a merge patch (RFC 7396): a struct whose name ends with
// Patch. Its fields are pointers, nil where the patch has no member, to what the field is:
// a pointer, a slice or a map is nil where the member is null.
func (t *Type) IsPatch() bool {
	return t.Kind == Record && strings.HasSuffix(t.Struct.Name.Name, "Patch")
}

// Same reports whether two scalars, or pointers to scalars, have the same type.
func (t *Type) Same(other *Type) bool {
	if t.Kind != other.Kind || t.Bits != other.Bits || (t.Name == nil) != (other.Name == nil) {
		return false
	}
	if t.Name != nil && *t.Name != *other.Name {
		return false
	}
	return t.Kind != Pointer || t.Elem.Same(other.Elem)
}
