// Package paged reads long lists, page by page.
package paged

import (
	"context"
	"iter"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// size is how many items a page has at most.
const size = 500

// All returns all that a list has, in its order. Nothing is held between two pages: no
// snapshot, no connection and no more than a page. So what changes meanwhile may be there as it
// was or as it is; what was there all the time is there once. An error is the last that the
// sequence has.
func All[T any](ctx context.Context, list func(context.Context, kit.Page) (kit.Listing[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page := kit.Page{Limit: size}
		for {
			found, err := list(ctx, page)
			if err != nil {
				yield(*new(T), err)
				return
			}
			for _, item := range found.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.After = found.Next; page.After.IsZero() {
				return
			}
		}
	}
}
