package run

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// heapFloor is how large the heap may grow, in bytes, before any of it is collected.
// Of itself Go collects from 4 MB on: a service that keeps little would do so some
// ten times a second, at the cost of a fifth of its processor.
const heapFloor = 32 << 20

// What Go collects by where nothing says otherwise: when the heap has doubled.
const heapDoubling = 100

// easeCollector has garbage collected less often while the heap is small, unless GOGC
// says how often. Whatever GOMEMLIMIT says holds anyway.
func easeCollector() {
	if os.Getenv("GOGC") == "" {
		adjustCollector(&heapCollection{percent: heapDoubling})
	}
}

// heapCollection is garbage itself: when it is collected, something was.
type heapCollection struct{ percent int }

// adjustCollector sets when to collect next, by what is alive now, and does so again
// after each collection.
func adjustCollector(last *heapCollection) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	next := heapCollection{percent: heapGrowth(live[0].Value.Uint64())}
	if next.percent != last.percent {
		debug.SetGCPercent(next.percent)
	}
	runtime.SetFinalizer(&next, adjustCollector)
}

// heapGrowth returns by how many percent the heap may grow when so many bytes of it are
// alive: in steps, since each change stops the program for a moment.
func heapGrowth(live uint64) int {
	const least = 1 << 20
	p := heapDoubling
	for grown := 2 * max(live, least); grown < heapFloor; grown *= 2 {
		p = 2*p + heapDoubling
	}
	return p
}
