package memorystore

import (
	"maps"
	"slices"
)

// ClonePointer returns a pointer to a copy of what p points to, or nil for nil. clone
// copies the value; nil is an assignment.
func ClonePointer[T any](p *T, clone func(T) T) *T {
	if p == nil {
		return nil
	}
	v := *p
	if clone != nil {
		v = clone(v)
	}
	return &v
}

// CloneList copies a slice and each element. Nil stays nil, and empty stays empty.
func CloneList[T ~[]E, E any](list T, clone func(E) E) T {
	copied := slices.Clone(list)
	for i, v := range copied {
		copied[i] = clone(v)
	}
	return copied
}

// CloneMap copies a map and each element. Nil stays nil, and empty stays empty.
func CloneMap[T ~map[K]E, K comparable, E any](m T, clone func(E) E) T {
	copied := maps.Clone(m)
	for k, v := range copied {
		copied[k] = clone(v)
	}
	return copied
}

// Equal reports whether both pointers are nil, or point to equal values.
func Equal[T comparable](a, b *T) bool {
	return EqualFunc(a, b, func(a, b T) bool { return a == b })
}

// EqualFunc is Equal with a function that compares the values.
func EqualFunc[T any](a, b *T, equal func(a, b T) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return equal(*a, *b)
}
