package kit

// MaxPageBytes is how many bytes of items a page has, and of payloads a claim of the outbox,
// beyond which it ends early: with the item that exceeds them.
const MaxPageBytes = 4 << 20

// Page selects a part of a list: up to Limit items, at least 1, whose keys come after After, or
// fewer if they are large (see MaxPageBytes). The zero After selects the first page.
type Page struct {
	After Cursor
	Limit int
}

// Listing is a page of a list, ordered by key. Next is the After of the next page; it is
// zero on the last page.
type Listing[T any] struct {
	Items []T
	Next  Cursor
}
