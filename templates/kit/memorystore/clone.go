package memorystore

// What follows copies what can be changed through a copy of an entity. Nil stays
// nil, and what is empty stays empty.

// clonePointer copies what a pointer points to.
func clonePointer[T any](p *T, clone func(T) T) *T {
	if p == nil {
		return nil
	}
	v := clone(*p)
	return &v
}

// cloneList copies a list and each thing in it.
func cloneList[T ~[]E, E any](list T, clone func(E) E) T {
	if list == nil {
		return nil
	}
	copied := make(T, len(list))
	for i, v := range list {
		copied[i] = clone(v)
	}
	return copied
}

// cloneMap copies a map and each thing in it.
func cloneMap[T ~map[K]E, K comparable, E any](m T, clone func(E) E) T {
	if m == nil {
		return nil
	}
	copied := make(T, len(m))
	for k, v := range m {
		copied[k] = clone(v)
	}
	return copied
}

// asIs copies what nothing can be changed through.
func asIs[T any](v T) T { return v }

// equalOptional reports whether both are absent, or both there and equal.
func equalOptional[T any](a, b *T, equal func(a, b T) bool) bool {
	if a == nil || b == nil {
		return a == b
	}
	return equal(*a, *b)
}

// equalPlain is the equality of Go.
func equalPlain[T comparable](a, b T) bool { return a == b }
