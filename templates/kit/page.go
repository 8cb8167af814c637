package kit

// Page asks for a part of a list: up to Limit things whose identifiers come
// after After. The zero After asks for the first page.
type Page struct {
	After UUID
	Limit int
}

// Listing is one page of a list, in the order of identifiers. Next is what to
// ask for After to have the page that follows; it is zero on the last one.
type Listing[T any] struct {
	Items []T
	Next  UUID
}

// Trim makes a listing of items that were read with a limit of one more than
// the page's, so that there is a next page only where there is something on it.
func Trim[T any](items []T, limit int, id func(T) UUID) Listing[T] {
	if len(items) <= limit {
		return Listing[T]{Items: items}
	}
	items = items[:limit]
	return Listing[T]{Items: items, Next: id(items[limit-1])}
}
