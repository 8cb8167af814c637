package keyorder_test

import (
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/internal/keyorder"
)

// TestOrderOfAKey shows that the values of a key are handled one after another, in
// the order in which they were added, also by several goroutines.
func TestOrderOfAKey(t *testing.T) {
	const keys, each = 300, 200
	var handled [keys]int
	w := keyorder.New(func(n int) {
		key, nth := n%keys, n/keys
		if before := handled[key]; before != nth { // a race, if two of a key are handled at once
			t.Errorf("value %d of key %d was handled when %d had been", nth, key, before)
		}
		runtime.Gosched() // another worker would take the next value now
		handled[key] = nth + 1
	})
	var adding sync.WaitGroup
	for half := range 2 {
		adding.Go(func() {
			for nth := range each {
				for key := half; key < keys; key += 2 {
					if !w.Add(strconv.Itoa(key), nth*keys+key) {
						t.Error("a value was refused")
					}
				}
			}
		})
	}
	adding.Wait()
	w.Close()
	for key, n := range handled {
		if n != each {
			t.Errorf("%d values of key %d were handled, want %d", n, key, each)
		}
	}
}

// TestKeysDoNotWait shows that each key is handled while all others are.
func TestKeysDoNotWait(t *testing.T) {
	const keys = 500
	var all sync.WaitGroup
	all.Add(keys)
	w := keyorder.New(func(int) {
		all.Done()
		all.Wait() // for every other key
	})
	for key := range keys {
		w.Add(strconv.Itoa(key), key)
	}
	w.Close()
}

// TestWhatWaitsIsHandled shows that a value that waits for another one of its key
// is handled after it, though nothing more is added.
func TestWhatWaitsIsHandled(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	var handled []int
	w := keyorder.New(func(n int) {
		if n == 1 {
			close(began)
			<-release
		}
		handled = append(handled, n)
	})
	w.Add("k", 1)
	<-began
	w.Add("k", 2)
	w.Add("k", 3)
	close(release)
	w.Close()
	if !slices.Equal(handled, []int{1, 2, 3}) {
		t.Errorf("handled %v, want [1 2 3]", handled)
	}
}

func TestClosed(t *testing.T) {
	var handled atomic.Int64
	w := keyorder.New(func(int) { handled.Add(1) })
	w.Close()
	if w.Add("a", 1) {
		t.Error("a value was added after Close")
	}
	if handled.Load() != 0 {
		t.Error("a value was handled that was added after Close")
	}
}

func BenchmarkAdd(b *testing.B) {
	b.ReportAllocs()
	var left sync.WaitGroup
	w := keyorder.New(func(int) { left.Done() })
	keys := make([]string, 1000)
	for i := range keys {
		keys[i] = strconv.Itoa(i)
	}
	for b.Loop() {
		left.Add(len(keys))
		for i, key := range keys {
			w.Add(key, i)
		}
		left.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(keys)), "ns/value")
}
