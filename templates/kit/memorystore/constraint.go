package memorystore

import (
	"bytes"
	"encoding"

	"github.com/outgrowkit/outgrow/templates/kit/internal/constraint"
)

// Unique has the table refuse an entity that is like another one in the fields, as AlreadyExists.
// Of several that an entity breaks, the first one is told.
func (t *Table[T, K]) Unique(alike func(a, b *T) bool, fields ...string) *Table[T, K] {
	t.rows.refuse = append(t.rows.refuse, func(tx *transaction, at place, entity any) error {
		if entity == nil {
			return nil
		}
		for of, other := range tx.all(t.rows) {
			if of != at && alike(entity.(*T), other.(*T)) {
				return constraint.Taken(t.mapping.Entity, fields, nil)
			}
		}
		return nil
	})
	return t
}

// SameText reports whether two values are written as the same text.
func SameText[T any, P interface {
	*T
	encoding.TextMarshaler
}](a, b P) bool {
	x, errX := a.MarshalText()
	y, errY := b.MarshalText()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
