package storetest_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/storetest"
)

// TestPagesEndEarly: a page of large entities ends at its budget, and all of them are on
// some page, one larger than the budget as well.
func TestPagesEndEarly(t *testing.T) {
	for name, open := range map[string]func(*testing.T) storetest.Keeper[note]{
		"memory":   func(*testing.T) storetest.Keeper[note] { return memoryKeeper(cloneNote) },
		"sqlite":   openSQLiteNotes,
		"postgres": openPostgresNotes,
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			left := map[kit.UUID]bool{}
			for i := range 12 {
				n := sampleNote(i)
				n.Title = strings.Repeat("x", 1<<20)
				if i == 5 {
					n.Title = strings.Repeat("x", kit.MaxPageBytes+1)
				}
				if err := k.Insert(t.Context(), n); err != nil {
					t.Fatal(err)
				}
				left[n.ID] = true
			}
			page, pages := kit.Page{Limit: 200}, 0
			for more := true; more && pages < 12; pages++ {
				l, err := k.List(t.Context(), page)
				if err != nil {
					t.Fatal(err)
				}
				size := 0
				for i, n := range l.Items {
					if size > kit.MaxPageBytes {
						t.Errorf("page %d goes on with item %d after %d bytes", pages, i, size)
					}
					size += len(n.Title)
					delete(left, n.ID)
				}
				page.After = l.Next
				more = !l.Next.IsZero()
			}
			if len(left) > 0 || pages < 3 {
				t.Errorf("%d entities are on none of %d pages", len(left), pages)
			}
		})
	}
}
