// Package assert is what the conformance suites check alike.
package assert

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// NoError ends the test if there is an error.
func NoError(t *testing.T, err error) {
	t.Helper()
	if kit.CodeOf(err) == kit.AlreadyExists {
		t.Log("is there a unique index of your own? Declare it with a directive instead: see docs/constraints.md of the kit")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Code fails the test unless the error is of the code; that of no error is empty.
func Code(t *testing.T, err error, want kit.Code) {
	t.Helper()
	if got := kit.CodeOf(err); got != want {
		t.Errorf("got the error %v of code %q, want code %q", err, got, want)
	}
}

// Ended fails the test unless the error is that of a context which was cancelled.
func Ended(t *testing.T, err error) {
	t.Helper()
	Code(t, err, kit.Unavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, which hides why", err)
	}
}

// Pages returns what there is, page by page, as list returns it.
func Pages[V any](t *testing.T, limit int, list func(context.Context, kit.Page) (kit.Listing[V], error)) (pages [][]V) {
	t.Helper()
	page := kit.Page{Limit: limit}
	for len(pages) < 100 {
		listing, err := list(t.Context(), page)
		NoError(t, err)
		pages = append(pages, listing.Items)
		if page.After = listing.Next; page.After.IsZero() {
			return pages
		}
		if len(listing.Items) == 0 || len(listing.Items) > max(limit, 1) {
			t.Fatalf("a page of %d has %d items, and there are more", limit, len(listing.Items))
		}
	}
	t.Fatalf("pages of %d do not end", limit)
	return nil
}

// Concurrently calls fn with each number below n, all at the same time.
func Concurrently(n int, fn func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { fn(i) })
	}
	all.Wait()
}
