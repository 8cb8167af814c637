package paged_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/paged"
)

// upTo returns a list of numbers from 1 to n, and which fails at the page after a number.
func upTo(n, fails int, pages *int) func(context.Context, kit.Page) (kit.Listing[int], error) {
	return func(_ context.Context, page kit.Page) (found kit.Listing[int], err error) {
		*pages++
		from, _ := strconv.Atoi(string(page.After)) // it is "" at first
		if fails > 0 && from >= fails {
			return found, kit.Errorf(kit.Unavailable, "away")
		}
		for i := from + 1; i <= n && len(found.Items) < page.Limit; i++ {
			found.Items = append(found.Items, i)
		}
		if last := from + len(found.Items); last < n {
			found.Next = kit.CursorOf(strconv.Itoa(last))
		}
		return found, nil
	}
}

func TestAll(t *testing.T) {
	for _, c := range []struct {
		about           string
		n, fails, leave int
		want, pages     int
		code            kit.Code
	}{
		{"none", 0, 0, 0, 0, 1, ""},
		{"a page", 500, 0, 0, 500, 1, ""},
		{"a page and one", 501, 0, 0, 501, 2, ""},
		{"many", 1750, 0, 0, 1750, 4, ""},
		{"left", 1750, 0, 3, 3, 1, ""},
		{"left with the page", 1750, 0, 500, 500, 1, ""},
		{"an error", 1750, 1000, 0, 1000, 3, kit.Unavailable},
	} {
		pages, got := 0, 0
		var end error
		for v, err := range paged.All(t.Context(), upTo(c.n, c.fails, &pages)) {
			if end = err; err != nil {
				continue
			}
			if got++; v != got {
				t.Fatalf("%s: %d comes after %d", c.about, v, got-1)
			}
			if got == c.leave {
				break
			}
		}
		if got != c.want || pages != c.pages || kit.CodeOf(end) != c.code {
			t.Errorf("%s: %d of %d pages, and %v", c.about, got, pages, end)
		}
	}
}
