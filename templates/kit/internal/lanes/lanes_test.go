package lanes_test

import (
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/lanes"
)

type item = lanes.Item[int]

func chain(items ...*item) (c lanes.Chain[int]) {
	for _, it := range items {
		c.Add(it)
	}
	return c
}

// TestOrderOfAKey shows that the items of a key are handled one after another, in
// the order in which they were put in, by whomever.
func TestOrderOfAKey(t *testing.T) {
	const keys, each, together = 300, 200, 4 // more keys than places in the table
	var handled [keys]int
	l := lanes.New(func(n *int) {
		key, nth := *n%keys, *n/keys
		if before := handled[key]; before != nth { // a race, if two of a key are handled at once
			t.Errorf("item %d of key %d was handled when %d had been", nth, key, before)
		}
		runtime.Gosched() // there is somebody else who would take the next
		handled[key] = nth + 1
	})
	for first := 0; first < each; first += together {
		var c lanes.Chain[int]
		for key := range keys {
			for nth := first; nth < first+together; nth++ {
				c.Add(&item{Key: strconv.Itoa(key), Value: nth*keys + key})
			}
		}
		if !l.Put(c) {
			t.Fatal("open lanes refused items")
		}
	}
	l.Close()
	l.Wait()
	for key, n := range handled {
		if n != each {
			t.Errorf("%d items of key %d were handled, want %d", n, key, each)
		}
	}
}

// TestKeysDoNotWait shows that each key has somebody to handle it, while all others
// are being handled.
func TestKeysDoNotWait(t *testing.T) {
	const keys = 500
	var all sync.WaitGroup
	all.Add(keys)
	l := lanes.New(func(*int) {
		all.Done()
		all.Wait() // for every other one
	})
	var c lanes.Chain[int]
	for key := range keys {
		c.Add(&item{Key: strconv.Itoa(key)})
	}
	l.Put(c)
	l.Close()
	l.Wait()
}

// TestWhatWaitsIsHandled shows that what waits behind an item of its key is handled
// after it, though nothing else comes.
func TestWhatWaitsIsHandled(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	var handled []int
	l := lanes.New(func(n *int) {
		if *n == 1 {
			close(began)
			<-release
		}
		handled = append(handled, *n)
	})
	l.Put(chain(&item{Key: "k", Value: 1}))
	<-began
	l.Put(chain(&item{Key: "k", Value: 2}, &item{Key: "k", Value: 3}))
	close(release)
	l.Close()
	l.Wait()
	if len(handled) != 3 || handled[0] != 1 || handled[1] != 2 || handled[2] != 3 {
		t.Errorf("handled %v, want [1 2 3]", handled)
	}
}

// TestClosed shows that closed lanes take nothing, and that the chain is as it was.
func TestClosed(t *testing.T) {
	var handled atomic.Int64
	l := lanes.New(func(*int) { handled.Add(1) })
	l.Close()
	c := chain(&item{Key: "a", Value: 1}, &item{Key: "b", Value: 2})
	if l.Put(c) {
		t.Error("closed lanes took items")
	}
	l.Wait()
	var left []int
	for n := range c.All() {
		left = append(left, *n)
	}
	if len(left) != 2 || left[0] != 1 || left[1] != 2 || handled.Load() != 0 {
		t.Errorf("left %v and handled %d, want [1 2] and 0", left, handled.Load())
	}
}

func BenchmarkPut(b *testing.B) {
	b.ReportAllocs()
	var left sync.WaitGroup
	l := lanes.New(func(*int) { left.Done() })
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	for range b.N {
		var c lanes.Chain[int]
		items := make([]item, len(keys))
		left.Add(len(items))
		for i := range items {
			items[i].Key = keys[i]
			c.Add(&items[i])
		}
		l.Put(c)
		left.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/item")
}
