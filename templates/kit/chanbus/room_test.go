package chanbus

import (
	"context"
	"sync"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// TestRoom shows that no more enter than there are places for, that everybody enters
// in the end, and that no place is lost to those who give up.
func TestRoom(t *testing.T) {
	const places, visitors, visits = 3, 8, 500
	r := newRoom(places)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var mu sync.Mutex
	inside := 0
	count := func(n int) {
		mu.Lock()
		defer mu.Unlock()
		if inside += n; inside > places {
			t.Errorf("%d are inside, there are %d places", inside, places)
		}
	}
	var all sync.WaitGroup
	for range visitors {
		all.Go(func() {
			for range visits {
				n, err := r.enter(t.Context(), 2)
				if err != nil {
					t.Error(err)
					return
				}
				count(n)
				if n, err := r.enter(gone, 1); err == nil {
					count(n)
					count(-n)
					r.leave()
				} else if kit.CodeOf(err) != kit.Unavailable {
					t.Error(err)
				}
				count(-n)
				for range n {
					r.leave()
				}
			}
		})
	}
	all.Wait()
	if free := r.free.Load(); free != places {
		t.Errorf("%d places are free in the end, want %d", free, places)
	}
}
